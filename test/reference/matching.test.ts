import t from 'tap'
import type { PluginConfig, Route, Uri, VirtualHost } from '../../src/config/model.ts'
import type { RouterOptions } from '../../src/core/options.ts'
import type { RequestHead } from '../../src/core/request.ts'
import type { TraceRecord } from '../../src/core/trace.ts'
import { PluginError } from '../../src/errors.ts'
import { cluster, config, Lab, server, transports } from '../support/reference/lab.ts'
import { literalLength, patternFits } from '../support/reference/matching.ts'

const alias = (name: string): VirtualHost => {
  const [, host, port] = /^\[?([^\]]*?)\]?(?::([^:\]]+))?$/.exec(name) as unknown as string[]
  return {
    name,
    host: host === '*' ? null : host!,
    port: port === '*' ? null : Number(port ?? 80),
  }
}

const uri = (name: string, over: Partial<Uri> = {}): Uri => ({
  name,
  affinityCookie: 'JSESSIONID',
  affinityUrlIdentifier: 'jsessionid',
  ...over,
})

type Shape = readonly [hosts: readonly string[] | null, uris: readonly (string | Uri)[] | null]

/** One cluster for each route, called A, B, C … */
const routes = (shapes: readonly Shape[], over: Partial<PluginConfig['settings']> = {}) => {
  const letters = shapes.map((_, i) => String.fromCharCode(65 + i))
  return config(
    letters.map(name =>
      cluster([server('m1', { transports: transports('http', 'https') })], { name }),
    ),
    {
      virtualHostGroups: shapes.map(([hosts], i) => ({
        name: `h${i}`,
        virtualHosts: (hosts ?? []).map(alias),
      })),
      uriGroups: shapes.map(([, uris], i) => ({
        name: `u${i}`,
        uris: (uris ?? []).map(one => (typeof one === 'string' ? uri(one) : one)),
      })),
      routes: shapes.map(
        ([hosts, uris], i): Route => ({
          ...(hosts !== null && { virtualHostGroup: `h${i}` }),
          ...(uris !== null && { uriGroup: `u${i}` }),
          serverCluster: letters[i]!,
        }),
      ),
    },
    over,
  )
}

/** The cluster a request belongs to, or what becomes of it otherwise. */
const where = (
  what: PluginConfig,
  head: Partial<RequestHead>,
  options: RouterOptions = {},
): string => {
  const { step } = new Lab(what, options).open(head)
  if (step.kind === 'fail') return `${step.status} ${step.reason}`
  return 'cluster' in step && step.cluster !== undefined ? step.cluster : step.kind
}

const defaultHost = ['*:80', '*:443']
const shop = ['shop.example.com:80', 'shop.example.com:443']
const worked = routes([
  [defaultHost, ['/*']],
  [defaultHost, ['/app/*', '*.jsp']],
  [shop, ['/app/*']],
  [defaultHost, ['/app/info']],
])

const workedExamples = [
  ['www.example.com', '/app/x', 'B', 'the longer pattern'],
  ['www.example.com', '/app', 'B', 'M9 the path without the slash'],
  ['www.example.com', '/application', 'A', '/app/* wants /app or /app/'],
  ['www.example.com', '/app/info', 'D', 'the exact pattern'],
  ['shop.example.com', '/app/info', 'D', 'M8 the URI before the host'],
  ['shop.example.com', '/app/x', 'C', 'equal URIs, the better host'],
  ['SHOP.example.com', '/app/x', 'C', 'M4 hosts without case'],
  ['www.example.com', '/APP/x', 'A', 'M4 URIs with case'],
  ['www.example.com', '/docs/a.jsp', 'B', '*.jsp beats /*'],
  ['www.example.com', '/app/a.jsp', 'B', 'either way'],
  ['www.example.com', '/app/x;jsessionid=0001abc:c1?q=1', 'B', 'M10 parameters and query apart'],
  ['www.example.com:8080', '/app/x', 'decline', 'a port in no group'],
] as const

t.test('plugin-cfg.md 1.3: the worked examples', async t => {
  for (const [host, target, expected, why] of workedExamples) {
    t.equal(where(worked, { host, target }), expected, `${host}${target}: ${why}`)
  }
  const physical = routes([[defaultHost, ['/app/*']]], { vhostMatchingCompat: true })
  const behindMapper = { host: 'www.example.com:8080', target: '/app/x', localPort: 80 }
  t.equal(where(physical, behindMapper), 'A', 'VHostMatchingCompat looks at the listener')
  t.equal(where(worked, { host: 'www.example.com', target: '/app/x', scheme: 'https' }), 'B')
  const v6 = routes([[['[2001:db8::1]:80'], null]])
  t.equal(where(v6, { host: '[2001:DB8::1]:80' }), 'A', 'IPv6 in brackets, without case')
  const bare = routes([[['shop.example.com'], null]])
  t.equal(where(bare, { host: 'shop.example.com', scheme: 'https' }), 'decline', '80 is assumed')
})

t.test('M1 M3 all routes are examined and the best score wins, wherever it stands', async t => {
  const what = routes([
    [null, ['/*']],
    [null, ['/fon']],
    [null, ['/fon/*']],
  ])
  t.equal(where(what, { target: '/fon/jsp/index.jsp' }), 'C')
  t.equal(where(what, { target: '/fon' }), 'C', 'M4 /fon/* keeps its score of 5 for /fon')
})

t.test('M2 a route without a group matches anything on that side', async t => {
  const what = routes([
    [null, ['/app/*']],
    [['www.example.com:*'], null],
  ])
  t.equal(where(what, { target: '/app/x', host: 'other:99' }), 'A')
  t.equal(where(what, { target: '/x', host: 'www.example.com:99' }), 'B')
  t.equal(where(what, { target: '/x', host: 'other:99' }), 'decline')
  t.equal(where(routes([[[], null]]), {}), 'decline', 'an empty group matches nothing')
})

t.test('M4 E19 a star counts nothing: /fon scores 4, /fon/* scores 5', async t => {
  t.equal(literalLength('/fon'), 4)
  t.equal(literalLength('/fon/*'), 5)
  t.equal(literalLength('/epc3/*.jsp'), 10)
})

t.test('M5 E1 equal in everything: the earlier route', async t => {
  t.equal(
    where(
      routes([
        [['*:80'], ['/a/*']],
        [['*:80'], ['/a/*']],
      ]),
      { target: '/a/x' },
    ),
    'A',
  )
})

t.test('E1 exact before wildcard, then host:port, host:*, *:port, *:*', async t => {
  const what = routes([
    [['*:*'], ['/ab']],
    [['www.example.com:80'], ['/ab*']],
  ])
  t.equal(where(what, { target: '/ab' }), 'A', 'equal length, but exact')
  const ranks = ['*:*', '*:80', 'www.example.com:*', 'www.example.com:80']
  for (let n = 1; n < ranks.length; n++) {
    const pair = routes([ranks[n - 1]!, ranks[n]!].map((name): Shape => [[name], null]))
    t.equal(where(pair, {}), 'B', `${ranks[n]} before ${ranks[n - 1]}`)
  }
  t.equal(
    where(
      routes([
        [null, null],
        [['*:*'], null],
      ]),
      {},
    ),
    'A',
    'no group ranks like *:*',
  )
})

t.test('M6 M9 no route: declined, with a record and no error', async t => {
  const lab = new Lab(config([], { routes: [] }))
  const exchange = lab.open()
  t.same(exchange.step, { kind: 'decline', reason: 'no-route' })
  t.equal(exchange.binding, null)
  t.same(lab.told(), ['decline', 'outcome no-route'])
})

t.test('M7 the winning Uri names the cookie, not the last one that matched', async t => {
  const what = routes([
    [null, [uri('/app/*', { affinityCookie: 'APP', affinityUrlIdentifier: 'app' })]],
    [null, [uri('/*', { affinityCookie: 'ROOT' }), uri('*', { affinityCookie: 'LAST' })]],
  ])
  t.match(new Lab(what).open({ target: '/app/x' }).binding, {
    affinityCookie: 'APP',
    affinityUrlIdentifier: 'app',
  })
  t.match(new Lab(what).open({ target: '/x' }).binding, { affinityCookie: 'ROOT' })
  t.match(new Lab(routes([[null, null]])).open().binding, {
    cluster: 'A',
    route: 0,
    affinityCookie: 'JSESSIONID',
    affinityUrlIdentifier: 'jsessionid',
    removeSpecialHeaders: true,
  })
})

const fits = [
  ['/ctx', '/ctx', true],
  ['/ctx', '/ctx/', false],
  ['/ctx/*', '/ctx', true],
  ['/ctx/*', '/ctx/', true],
  ['/ctx/*', '/ctxx', false],
  ['*.jsp', '/a/b.jsp', true],
  ['*.jsp', '/a/b.jspx', false],
  ['/epc3/*.jsp', '/epc3/a/b.jsp', true],
  ['/a/*/b', '/a//b', true],
  ['/a/*/b', '/a/b', false],
  ['/a/*/b', '/a/x/y/b', true],
  ['/a/*/b/*', '/a/x/b', true],
  ['*', '/', true],
  ['/*', '/', true],
  ['/**', '/x', true],
  ['', '/', false],
] as const

t.test('E19 a star matches any run, slashes included, at any place', async t => {
  for (const [pattern, path, expected] of fits) {
    t.equal(patternFits(pattern, path), expected, `${pattern} ${path}`)
  }
})

const seen = (target: string, options: RouterOptions = {}): string => {
  const lab = new Lab(routes([[null, null]]), options)
  const { step } = lab.open({ target })
  if (step.kind === 'fail') return `${step.status} ${step.reason}`
  const record = lab.trace.find(({ kind }) => kind === 'route' || kind === 'decline')
  const { kind, path } = record as Extract<TraceRecord, { kind: 'route' | 'decline' }>
  return kind === 'decline' ? kind : path
}

const folded = [
  ['/a;v=1/b;w', '/a/b'],
  ['/a/./b', '/a/b'],
  ['/a/../b', '/b'],
  ['/a/..', '/'],
  ['/a/.', '/a/'],
  ['/a/..;x/b', '/b'],
  ['/a/%2e%2E/b', '/b'],
  ['//a//b', '//a//b'],
  ['/a%3Bb', '/a;b'],
  ['/%252F', '/%2F'],
  ['/%C3%A9', '/é'],
  ['/%E9', '/é'],
  ['/%C0%AF', '/À¯'],
  ['/a?x/../..#', null],
  ['/a?b\\%2F', '/a'],
  ['http://h/x?y', '/x'],
  ['HTTPS://h', '/'],
  ['/..', null],
  ['//..', null],
  ['/a//../b', null],
  ['/a/;/../b', null],
  ['/a/../..', null],
  ['/%2e%2e/', null],
  ['/%zz', null],
  ['/%', null],
  ['/a;%zz', null],
  ['/%00', null],
  ['/a;%00', null],
  ['/a\u0000', null],
  ['/a b', null],
  ['/a?b c', null],
  ['/a\u007f', null],
  ['/a\\b', null],
  ['/a%5Cb', null],
  ['/a%2fb', null],
  ['/a;x%2Fy', null],
  ['/a#b', null],
  ['', null],
  ['ftp://h/x', null],
] as const

t.test('E7 paths are folded as servlet containers do, and odd ones get 400', async t => {
  for (const [target, path] of folded) {
    t.equal(seen(target), path ?? '400 bad-target', JSON.stringify(target))
  }
})

t.test('E7 ambiguousPaths forward lets encoded slashes, backslashes and # through', async t => {
  const forward: RouterOptions = { ambiguousPaths: 'forward' }
  t.equal(seen('/a%2Fb', forward), '/a/b')
  t.equal(seen('/x/..%2F', forward), '/')
  t.equal(seen('/a%5Cb', forward), '/a\\b')
  t.equal(seen('/a\\b', forward), '/a\\b')
  t.equal(seen('/a#b?c', forward), '/a')
  t.equal(seen('/%00', forward), '400 bad-target')
})

t.test('E7 * and an authority match nothing, not even a route without groups', async t => {
  t.equal(seen('*'), 'decline')
  t.equal(seen('www.example.com:443'), 'decline')
})

const hosts = [
  [undefined, '', 80],
  ['', '', 80],
  ['h.', 'h', 80],
  ['h..', 'h.', 80],
  ['h:', 'h', 80],
  ['h:00080', 'h', 80],
  ['h:0', 'h', 0],
  ['h:65535', 'h', 65_535],
  [':8080', '', 8080],
  ['[::1]', '::1', 80],
  ["a!$&'()*+,;=%_~b", "a!$&'()*+,;=%_~b", 80],
  ['h:65536', null, 0],
  ['h:-1', null, 0],
  ['h:x', null, 0],
  [' h', null, 0],
  ['u@h', null, 0],
  ['h/x', null, 0],
  ['::1', null, 0],
  ['[::1', null, 0],
  ['[]', null, 0],
  ['höst', null, 0],
] as const

t.test('E7 Host headers: missing, odd and impossible ones', async t => {
  for (const [host, name, port] of hosts) {
    const lab = new Lab(routes([[null, null]]))
    const { step } = lab.open({ host })
    if (name === null) t.match(step, { status: 400, reason: 'bad-host' }, `${host}`)
    else t.match(lab.trace[0], { kind: 'route', host: name, port }, `${host}`)
  }
})

t.test('E7 an absolute-form target is matched by its own host', async t => {
  const what = routes([
    [['a.example.com:80'], null],
    [['b.example.com:81'], null],
  ])
  t.equal(where(what, { target: 'http://a.example.com/x', host: 'b.example.com:81' }), 'A')
  t.equal(where(what, { target: 'http://b.example.com:81/x', host: 'a.example.com' }), 'B')
  t.equal(where(what, { target: 'http://a b/x' }), '400 bad-host')
})

t.test('E7 a partial wildcard in an alias matches no host', async t => {
  t.equal(where(routes([[['sh*:80'], null]]), { host: 'sh*:80' }), 'decline')
  t.equal(where(routes([[['sh*:80'], null]]), { host: 'shop:80' }), 'decline')
})

t.test('Q4 a route to an unknown cluster is answered 500, an unknown group is refused', async t => {
  const lost = config([cluster(['a'])], { routes: [{ serverCluster: 'Nowhere' }] })
  t.equal(where(lost, {}), '500 cluster-unknown')
  for (const route of [
    { serverCluster: 'PluginCluster', uriGroup: 'Nowhere' },
    { serverCluster: 'PluginCluster', virtualHostGroup: 'Nowhere' },
  ]) {
    const broken = config([cluster(['a'])], { routes: [route] })
    t.throws(() => new Lab(broken), { code: 'CONFIG_INVALID' })
    t.throws(() => new Lab(broken), PluginError)
  }
})
