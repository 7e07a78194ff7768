import t from 'tap'
import { RouteTable } from '../../../src/core/routing/route-table.ts'
import { compilePattern, fitsParts } from '../../../src/core/routing/uri.ts'
import { cluster, config, hosts, route, server, settings, uris } from '../../support/configs.ts'
import { lab, serverOf } from '../../support/lab.ts'

/** plugin-cfg.md 1.3, with one lone server in each of the clusters A to D. */
const worked = (over = {}) =>
  config({
    virtualHostGroups: [
      hosts('default_host', ['*:80', '*:443']),
      hosts('shop', ['shop.example.com:80', 'shop.example.com:443']),
    ],
    uriGroups: [
      uris('all', ['/*']),
      uris('app', ['/app/*', '*.jsp']),
      uris('shopApp', ['/app/*']),
      uris('info', ['/app/info']),
    ],
    clusters: ['A', 'B', 'C', 'D'].map(name => cluster([server(name)], { name })),
    routes: [
      route('A', 'default_host', 'all'),
      route('B', 'default_host', 'app'),
      route('C', 'shop', 'shopApp'),
      route('D', 'default_host', 'info'),
    ],
    ...over,
  })

const www = 'www.example.com'
const shop = 'shop.example.com'
const requests: readonly (readonly [string, string, string, string])[] = [
  ['M4 more literal characters win', www, '/app/x', 'B'],
  ['M9 /app/* also matches /app', www, '/app', 'B'],
  ['/app/* needs the segment to end', www, '/application', 'A'],
  ['an exact pattern beats a shorter prefix', www, '/app/info', 'D'],
  ['M8 the URI is compared before the host', shop, '/app/info', 'D'],
  ['E1 equal URIs: the more specific host wins', shop, '/app/x', 'C'],
  ['M4 hosts are case-insensitive', 'SHOP.example.com', '/app/x', 'C'],
  ['M4 URIs are case-sensitive', www, '/APP/x', 'A'],
  ['an extension beats /*', www, '/docs/a.jsp', 'B'],
  ['prefix 5 beats extension 4', www, '/app/a.jsp', 'B'],
  ['M10 parameters and query take no part', www, '/app/x;jsessionid=0001abc:b?q=1', 'B'],
  ['a port in no group is declined', 'www.example.com:8080', '/app/x', 'decline'],
  ['a server.example:80 alias does not take 443', 'shop.example.com:444', '/app/x', 'decline'],
]
for (const [title, host, target, wanted] of requests) {
  t.test(`1.3 ${title}`, async t => {
    t.equal(serverOf(lab(worked()).request({ host, target }).step), wanted)
  })
}

t.test('M3 VHostMatchingCompat matches the physical port', async t => {
  const l = lab(worked({ settings: settings({ vhostMatchingCompat: true }) }))
  const at = (localPort: number) =>
    serverOf(l.request({ host: 'www.example.com:8080', target: '/app/x', localPort }).step)
  t.equal(at(80), 'B')
  t.equal(at(8080), 'decline')
})

t.test('1.3 IPv6 aliases match in brackets', async t => {
  const l = lab(
    config({
      virtualHostGroups: [hosts('v6', ['[2001:db8::1]:80'])],
      clusters: [cluster([server('A')])],
      routes: [route('Cluster', 'v6')],
    }),
  )
  t.equal(serverOf(l.request({ host: '[2001:DB8::1]:80' }).step), 'A')
  t.equal(serverOf(l.request({ host: '[2001:db8::2]:80' }).step), 'decline')
})

t.test('M5 in a full tie the earlier Route wins', async t => {
  const l = lab(
    config({
      uriGroups: [uris('one', ['/x/*']), uris('two', ['/x/*'])],
      clusters: ['A', 'B'].map(name => cluster([server(name)], { name })),
      routes: [route('B', undefined, 'two'), route('A', undefined, 'one')],
    }),
  )
  t.equal(serverOf(l.request({ target: '/x/y' }).step), 'B')
})

t.test('M2 a Route without a group takes every host or every path', async t => {
  const l = lab(
    config({
      virtualHostGroups: [hosts('h', ['a.example:*'])],
      uriGroups: [uris('u', ['/u'])],
      clusters: ['A', 'B'].map(name => cluster([server(name)], { name })),
      routes: [route('A', 'h'), route('B', undefined, 'u')],
    }),
  )
  t.equal(serverOf(l.request({ host: 'a.example:99', target: '/anything' }).step), 'A')
  t.equal(serverOf(l.request({ host: 'b.example', target: '/u' }).step), 'B')
  t.equal(serverOf(l.request({ host: 'b.example', target: '/v' }).step), 'decline')
})

t.test('E1 host:port > host:* > *:port > *:*', async t => {
  const aliases = ['*:*', '*:80', 'a.example:*', 'a.example:80']
  for (let n = aliases.length; n > 0; n--) {
    const inUse = aliases.slice(0, n)
    const l = lab(
      config({
        virtualHostGroups: inUse.map((alias, i) => hosts(`g${i}`, [alias])),
        clusters: inUse.map(name => cluster([server(name)], { name })),
        routes: inUse.map((alias, i) => route(alias, `g${i}`)),
      }),
    )
    t.equal(serverOf(l.request({ host: 'a.example' }).step), inUse.at(-1))
  }
})

t.test('M1 a match in an early Route does not end the walk', async t => {
  const l = lab(worked())
  l.request({ host: shop, target: '/app/x' })
  t.match(l.of('route'), [
    { route: 2, cluster: 'C', virtualHost: 'shop.example.com:80', uri: '/app/*', score: 5 },
  ])
})

t.test('A.4 an alias with a partial wildcard matches nothing', async t => {
  const l = lab(
    config({
      virtualHostGroups: [hosts('h', ['*.example.com:80'])],
      clusters: [cluster([server('A')])],
      routes: [route('Cluster', 'h')],
    }),
  )
  t.equal(serverOf(l.request({ host: 'a.example.com' }).step), 'decline')
  t.equal(serverOf(l.request({ host: '*.example.com' }).step), 'decline')
})

t.test('M9 M6 nothing to match with gives no match', async t => {
  t.equal(serverOf(lab(config()).request().step), 'decline')
  const empty = config({
    virtualHostGroups: [hosts('h', [])],
    clusters: [cluster([server('A')])],
    routes: [route('Cluster', 'h')],
  })
  t.equal(serverOf(lab(empty).request().step), 'decline')
})

t.test('0.3 a Route to a group that is not defined cannot be compiled', async t => {
  const dangling = (over: object) => () =>
    lab(
      config({
        clusters: [cluster([server('A')])],
        routes: [{ serverCluster: 'Cluster', ...over }],
      }),
    )
  t.throws(dangling({ virtualHostGroup: 'X' }), { code: 'CONFIG_INVALID' })
  t.throws(dangling({ uriGroup: 'X' }), { code: 'CONFIG_INVALID' })
})

t.test('bad hosts and targets are answered 400, not thrown', async t => {
  const l = lab(worked())
  t.equal(serverOf(l.request({ host: 'a b' }).step), '400 bad-host')
  t.equal(serverOf(l.request({ target: '/%' }).step), '400 bad-target')
  t.equal(serverOf(l.request({ target: '*', method: 'OPTIONS' }).step), 'decline')
})

t.test('E7 an absolute target is matched by its own host', async t => {
  const l = lab(worked())
  const target = 'http://shop.example.com/app/x'
  t.equal(serverOf(l.request({ host: www, target }).step), 'C')
})

const patterns: readonly (readonly [string, string, boolean])[] = [
  ['/epc3/*.jsp', '/epc3/a.jsp', true],
  ['/epc3/*.jsp', '/epc3/deep/a.jsp', true],
  ['/epc3/*.jsp', '/epc3/a.jspx', false],
  ['/epc3/*.jsp', '/epc3/.jsp', true],
  ['/epc3/*.jsp', '/other/a.jsp', false],
  ['/a/*/b', '/a/x/b', true],
  ['/a/*/b', '/a/x/y/b', true],
  ['/a/*/b', '/a/b', false],
  ['/a/*/b/*', '/a/x/b/c', true],
  ['/a/*/b/*', '/a/x/b', true],
  ['/a/*/b/*', '/a/x/bc', false],
  ['/a/*b*c', '/a/1b2b3c', true],
  ['/a/*b*c', '/a/1c2b', false],
  ['/a**/b', '/axx/b', true],
  ['*/x/*', '/q/x/y', true],
]
for (const [pattern, path, wanted] of patterns) {
  t.test(`E19 ${pattern} ${wanted ? 'matches' : 'does not match'} ${path}`, async t => {
    const compiled = compilePattern(pattern)
    t.equal(compiled.kind === 'inner' && fitsParts(compiled.parts, path), wanted)
    const l = lab(
      config({
        uriGroups: [uris('u', [pattern])],
        clusters: [cluster([server('A')])],
        routes: [route('Cluster', undefined, 'u')],
      }),
    )
    t.equal(serverOf(l.request({ target: path }).step), wanted ? 'A' : 'decline')
  })
}

t.test('M4 E19 the score is the number of literal characters', async t => {
  t.same(
    ['/fon', '/fon/*', '*.jsp', '/a/*/b', '*'].map(name => compilePattern(name).score),
    [4, 5, 4, 5, 0],
  )
})

t.test('a path of 20,000 slashes is matched like any other', async t => {
  t.equal(serverOf(lab(worked()).request({ host: www, target: '/a'.repeat(20_000) }).step), 'A')
})

t.test('M2 a request without a host matches what asks for none', async t => {
  const l = lab(
    config({
      virtualHostGroups: [hosts('named', ['a.example:80']), hosts('any', ['*:80'])],
      clusters: ['A', 'B'].map(name => cluster([server(name)], { name })),
      routes: [route('A', 'named'), route('B', 'any')],
    }),
  )
  t.equal(serverOf(l.request({ host: undefined }).step), 'B')
  t.equal(serverOf(l.request({ host: '' }).step), 'B')
})

t.test('M5 of two Routes for every path the earlier wins', async t => {
  const l = lab(
    config({
      uriGroups: [uris('any', ['*'])],
      clusters: ['A', 'B'].map(name => cluster([server(name)], { name })),
      routes: [route('A'), route('B', undefined, 'any')],
    }),
  )
  t.equal(serverOf(l.request({ target: '/x' }).step), 'A')
})

t.test(
  'M5 of several Routes with one UriGroup on one host the first takes its requests',
  async t => {
    const l = lab(
      config({
        virtualHostGroups: [hosts('h', ['*:80'])],
        uriGroups: [uris('u', ['/u/*', '/u']), uris('v', ['/u/v', '/u'])],
        clusters: ['A', 'B', 'C'].map(name => cluster([server(name)], { name })),
        routes: [route('A', 'h', 'u'), route('B', 'h', 'v'), route('C', 'h', 'u')],
      }),
    )
    t.equal(serverOf(l.request({ target: '/u/x' }).step), 'A')
    t.equal(serverOf(l.request({ target: '/u' }).step), 'A', 'before the exact one of the second')
    t.equal(serverOf(l.request({ target: '/u/v' }).step), 'B')
  },
)

t.test('M1 every host group with an alias of the request is looked into', async t => {
  const l = lab(
    config({
      virtualHostGroups: [hosts('g', ['*:80']), hosts('h', ['*:80'])],
      uriGroups: [uris('u', ['/u/*']), uris('v', ['/v/*'])],
      clusters: ['A', 'B'].map(name => cluster([server(name)], { name })),
      routes: [route('A', 'g', 'u'), route('B', 'h', 'v')],
    }),
  )
  t.equal(serverOf(l.request({ target: '/u/x' }).step), 'A')
  t.equal(serverOf(l.request({ target: '/v/x' }).step), 'B')
})

t.test('M5 of two host groups with one alias that of the earlier Route wins', async t => {
  const l = lab(
    config({
      virtualHostGroups: [hosts('g', ['*:80']), hosts('h', ['*:80'])],
      uriGroups: [uris('first', ['/first']), uris('u', ['/u'])],
      clusters: ['A', 'B', 'C'].map(name => cluster([server(name)], { name })),
      // The second Route of g stands behind the Route of h.
      routes: [route('A', 'g', 'first'), route('B', 'h', 'u'), route('C', 'g', 'u')],
    }),
  )
  t.equal(serverOf(l.request({ target: '/u' }).step), 'B')
})

t.test('Routes of other hosts with the same UriGroups keep their own clusters', async t => {
  const l = lab(
    config({
      virtualHostGroups: ['g', 'h', 'i'].map(name => hosts(name, [`${name}.example:80`])),
      uriGroups: [uris('u', ['/u/*', '/*']), uris('v', ['/v/*', '/v/v'])],
      clusters: ['A', 'B', 'C', 'D'].map(name => cluster([server(name)], { name })),
      routes: [
        route('A', 'g', 'u'),
        route('B', 'g', 'v'),
        route('C', 'h', 'u'),
        route('D', 'h', 'v'),
        route('Nowhere', 'i', 'u'),
        route('A', 'i', 'v'),
      ],
    }),
  )
  const seen = [
    ['g.example', '/u/x', 'A', 0, '/u/*'],
    ['g.example', '/v/x', 'B', 1, '/v/*'],
    ['h.example', '/x', 'C', 2, '/*'],
    ['h.example', '/v/v', 'D', 3, '/v/v'],
    ['i.example', '/v', 'A', 5, '/v/*'],
    ['i.example', '/', 'fail', 4, '/*'],
  ] as const
  for (const [host, target, wanted, number, uri] of seen) {
    l.forget()
    const { step } = l.request({ host, target })
    t.equal(step.kind === 'fail' ? 'fail' : serverOf(step), wanted)
    t.match(l.of('route'), [{ route: number, uri, uriGroup: uri.startsWith('/v') ? 'v' : 'u' }])
  }
})

t.test('thousands of Routes on one large UriGroup are no more work than its Uris', async t => {
  const many = Array.from({ length: 3000 }, (_, i) => String(i))
  const { router } = lab(
    config({
      virtualHostGroups: many.map(i => hosts(i, [`w${i}.example:80`])),
      uriGroups: [
        uris(
          'u',
          many.map(i => `/${i}/*`),
        ),
      ],
      clusters: ['A', 'B'].map(name => cluster([server(name)], { name })),
      routes: many.map(i => route(Number(i) % 2 === 0 ? 'A' : 'B', i, 'u')),
    }),
  )
  const head = { method: 'GET', scheme: 'http', target: '/2999/x' } as const
  t.equal(serverOf(router.route({ ...head, host: 'w2998.example' }).step), 'A')
  t.equal(serverOf(router.route({ ...head, host: 'w2999.example' }).step), 'B')
})

/** Two Routes, of which the first has the more specific alias; the server that a path leads to. */
const ranked = (specific: string, general: string, target: string): string =>
  serverOf(
    lab(
      config({
        virtualHostGroups: [hosts('specific', ['a.example:80']), hosts('general', ['*:*'])],
        uriGroups: [uris('s', [specific]), uris('g', [general])],
        clusters: ['S', 'G'].map(name => cluster([server(name)], { name })),
        routes: [route('G', 'general', 'g'), route('S', 'specific', 's')],
      }),
    ).request({ host: 'a.example', target }).step,
  )

t.test('E1 between aliases the URI decides first: length, then exact, then the alias', async t => {
  t.equal(ranked('/ab*', '/ab', '/ab'), 'G', 'exact beats a wildcard of the same length')
  t.equal(ranked('/ab/*', '/ab', '/ab'), 'S', 'but no longer one')
  t.equal(ranked('/ab', '/ab', '/ab'), 'S', 'both exact: the alias')
  t.equal(ranked('/ab*', '/ab*', '/ab'), 'S', 'both with a wildcard: the alias')
  t.equal(ranked('/ab', '/ab*', '/ab'), 'S')
  t.equal(ranked('/a*', '/ab*', '/ab'), 'G')
  t.equal(ranked('/x', '/ab*', '/ab'), 'G', 'only one of them matches')
})

t.test('a table that several aliases share is asked once', async t => {
  const table = new RouteTable(
    config({
      virtualHostGroups: [hosts('h', ['a.example:80', '*:80']), hosts('other', ['a.example:*'])],
      uriGroups: [uris('u', ['/u'])],
      routes: [route('Nowhere', 'h', 'u'), route('Nowhere', 'other', 'u')],
    }),
    new Map(),
  )
  t.equal(table.tablesFor({ host: 'a.example', port: 80 }).length, 2)
  t.equal(table.tablesFor({ host: 'b.example', port: 80 }).length, 1)
  t.equal(table.tablesFor({ host: 'b.example', port: 81 }).length, 0)
})

t.test('0.3 a Route to an undefined group is refused by the name of both', async t => {
  const broken = (over: object) => () =>
    lab(
      config({
        clusters: [cluster([server('A')])],
        routes: [{ serverCluster: 'Cluster', ...over }],
      }),
    )
  t.throws(broken({ virtualHostGroup: 'X' }), {
    message: 'a Route names the VirtualHostGroup "X", which is not defined',
  })
  t.throws(broken({ uriGroup: 'Y' }), {
    message: 'a Route names the UriGroup "Y", which is not defined',
  })
})
