import t from 'tap'
import type { PluginConfig } from '../../src/config/model.ts'
import { readPluginConfig } from '../../src/config/read.ts'
import type { RequestHead } from '../../src/core/request.ts'
import { createRouter } from '../../src/core/router.ts'
import { cluster, config, hosts, only, route, server, uris } from '../support/configs.ts'
import { growthExponent, steepest } from './growth.ts'

const many = (n: number, text: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => text(i)).join('')

/** Files that grow in one way each. The number of pieces they begin with makes the first some 10 KB. */
const files: readonly (readonly [title: string, start: number, file: (n: number) => string])[] = [
  [
    'servers',
    100,
    n =>
      inCluster(
        many(
          n,
          i => `<Server Name="s${i}" CloneID="c${i}"><Transport Hostname="h" Port="80"/></Server>`,
        ),
      ),
  ],
  ['servers of one name', 100, n => inCluster('<Server Name="s" CloneID="c"/>'.repeat(n))],
  [
    'clusters',
    50,
    n =>
      `<Config>${many(n, i => `<ServerCluster Name="c${i}"><Server Name="s"/></ServerCluster>`)}</Config>`,
  ],
  [
    'members of lists',
    100,
    n =>
      inCluster(
        `${many(n, i => `<Server Name="s${i}"/>`)}<PrimaryServers>${many(n, i => `<Server Name="s${i}"/>`)}</PrimaryServers>`,
      ),
  ],
  [
    'unknown members',
    100,
    n =>
      inCluster(
        `<Server Name="a"/><PrimaryServers>${many(n, i => `<Server Name="s${i}"/>`)}</PrimaryServers>`,
      ),
  ],
  [
    'Routes',
    100,
    n =>
      `<Config>${groups(n)}${many(n, i => `<Route ServerCluster="c" VirtualHostGroup="v${i}" UriGroup="u${i}"/>`)}</Config>`,
  ],
  [
    'equal Routes',
    50,
    n =>
      `<Config>${groups(1)}${'<Route ServerCluster="c" VirtualHostGroup="v0" UriGroup="u0"/>'.repeat(n)}</Config>`,
  ],
  [
    'Routes that compete',
    50,
    n =>
      `<Config>${many(n, i => `<ServerCluster Name="c${i}"><Server Name="s"/></ServerCluster><Route ServerCluster="c${i}"/>`)}</Config>`,
  ],
  [
    'Routes to nothing',
    100,
    n => `<Config>${many(n, i => `<Route ServerCluster="c${i}" UriGroup="u${i}"/>`)}</Config>`,
  ],
  [
    'URIs',
    200,
    n => `<Config><UriGroup Name="u">${many(n, i => `<Uri Name="/a${i}/*"/>`)}</UriGroup></Config>`,
  ],
  [
    'equal URIs',
    200,
    n => `<Config><UriGroup Name="u">${'<Uri Name="/*"/>'.repeat(n)}</UriGroup></Config>`,
  ],
  [
    'virtual hosts',
    200,
    n =>
      `<Config><VirtualHostGroup Name="v">${many(n, i => `<VirtualHost Name="h${i}:80"/>`)}</VirtualHostGroup></Config>`,
  ],
  [
    'groups of one name',
    100,
    n => `<Config>${'<UriGroup Name="u"><Uri Name="/*"/></UriGroup>'.repeat(n)}</Config>`,
  ],
  ['unknown elements', 200, n => `<Config>${'<Odd a="1"/>'.repeat(n)}</Config>`],
  [
    'properties',
    200,
    n => `<Config>${many(n, i => `<Property Name="p${i}" Value="x"/>`)}</Config>`,
  ],
  ['comments', 200, n => `<Config>${'<!-- a - b -->'.repeat(n)}</Config>`],
  ['one comment', 5000, n => `<Config><!--${'- '.repeat(n)}--></Config>`],
  ['references', 500, n => `<Config>${'<Log Name="&amp;&lt;&#65;"/>'.repeat(n)}</Config>`],
  ['blanks', 20_000, n => `<Config>${' \n'.repeat(n)}</Config>`],
  ['Config elements', 100, n => '<Config><Log/></Config>'.repeat(n)],
  ['elements that are not closed', 1000, n => `<Config>${'<Server>'.repeat(n)}`],
  ['end tags of nothing', 1000, n => `<Config>${'</Server>'.repeat(n)}</Config>`],
  ['lines with a fault each', 200, n => `<Config>${'<Uri Name=a/>\n'.repeat(n)}</Config>`],
  ['a value', 1000, n => `<Config><Log Name="${'x '.repeat(n)}"/></Config>`],
  [
    'stars in a pattern',
    500,
    n => `<Config><UriGroup Name="u"><Uri Name="${'/a*'.repeat(n)}"/></UriGroup></Config>`,
  ],
]

const inCluster = (content: string): string =>
  `<Config><ServerCluster Name="c">${content}</ServerCluster><Route ServerCluster="c"/></Config>`

const groups = (n: number): string =>
  `<ServerCluster Name="c"><Server Name="s"/></ServerCluster>${many(
    n,
    i =>
      `<VirtualHostGroup Name="v${i}"><VirtualHost Name="h${i}:80"/></VirtualHostGroup><UriGroup Name="u${i}"><Uri Name="/x/*"/></UriGroup>`,
  )}`

for (const [title, start, file] of files) {
  t.test(`reading grows in step with the file: ${title}`, async t => {
    const exponent = growthExponent(start, n => {
      const xml = file(n)
      return () => readPluginConfig(xml)
    })
    t.ok(exponent < steepest, `exponent ${exponent.toFixed(2)}`)
  })
}

const list = <T>(n: number, make: (i: number) => T): T[] =>
  Array.from({ length: n }, (_, i) => make(i))

const configs: readonly (readonly [
  title: string,
  start: number,
  make: (n: number) => PluginConfig,
])[] = [
  ['servers', 100, n => only(cluster(list(n, i => server(`s${i}`))))],
  [
    'servers in lists',
    100,
    n =>
      only(
        cluster(
          list(n, i => server(`s${i}`)),
          { primaryServers: list(n, i => `s${i}`) },
        ),
      ),
  ],
  [
    'clusters',
    100,
    n => config({ clusters: list(n, i => cluster([server('s')], { name: `c${i}` })) }),
  ],
  [
    'Routes',
    100,
    n =>
      config({
        virtualHostGroups: list(n, i => hosts(`v${i}`, [`h${i}:80`])),
        uriGroups: list(n, i => uris(`u${i}`, [`/a${i}/*`, `*.x${i}`, `/b*/c${i}`])),
        clusters: [cluster([server('s')])],
        routes: list(n, i => route('Cluster', `v${i}`, `u${i}`)),
      }),
  ],
  [
    'URIs',
    200,
    n =>
      config({
        uriGroups: [
          uris(
            'u',
            list(n, i => `/a${i}/b*c`),
          ),
        ],
        clusters: [cluster([server('s')])],
        routes: [route('Cluster', undefined, 'u')],
      }),
  ],
]

for (const [title, start, make] of configs) {
  t.test(`making a router grows in step with the configuration: ${title}`, async t => {
    const exponent = growthExponent(start, n => {
      const what = make(n)
      return () => createRouter(what)
    })
    t.ok(exponent < steepest, `exponent ${exponent.toFixed(2)}`)
  })
}

const session = 'JSESSIONID=0000abc'

const requests: readonly (readonly [
  title: string,
  start: number,
  head: (n: number) => Partial<RequestHead>,
])[] = [
  ['cookies', 200, n => ({ cookie: `${many(n, i => `c${i}=x; `)}${session}:b` })],
  ['cookies of the session’s name', 200, n => ({ cookie: `${session}:x; `.repeat(n) })],
  ['Cookie lines', 200, n => ({ cookie: list(n, () => `${session}:x`) })],
  ['clone ids', 500, n => ({ cookie: `${session}${':x'.repeat(n)}` })],
  ['separators', 1000, n => ({ cookie: `${session}${':'.repeat(n)}` })],
  ['quotation marks', 1000, n => ({ cookie: `JSESSIONID=${'"'.repeat(n)}` })],
  [
    'blanks in a cookie',
    1000,
    n => ({ cookie: `${' '.repeat(n)}JSESSIONID${' '.repeat(n)}=${' '.repeat(n)}` }),
  ],
  ['blanks and equals signs', 1000, n => ({ cookie: ' = '.repeat(n) })],
  ['semicolons', 1000, n => ({ cookie: ';'.repeat(n) })],
  ['segments', 500, n => ({ target: '/a'.repeat(n) })],
  ['slashes', 1000, n => ({ target: '/'.repeat(n) })],
  ['dots', 500, n => ({ target: '/a/..'.repeat(n) })],
  ['dots upwards', 500, n => ({ target: `${'/a'.repeat(n)}${'/..'.repeat(n)}` })],
  ['escapes', 500, n => ({ target: `/${'%61'.repeat(n)}` })],
  ['escapes that are not UTF-8', 500, n => ({ target: `/${'%e4'.repeat(n)}` })],
  ['path parameters', 500, n => ({ target: `/a${';x=1'.repeat(n)}` })],
  ['session parameters', 500, n => ({ target: `/a${';jsessionid=0000abc:x'.repeat(n)}` })],
  ['a query', 1000, n => ({ target: `/a?${';jsessionid=0000abc:x'.repeat(n)}` })],
  ['a host of dots', 1000, n => ({ host: '.'.repeat(n) })],
  ['a host of digits', 1000, n => ({ host: `h:${'1'.repeat(n)}` })],
  ['a host of brackets', 1000, n => ({ host: '['.repeat(n) })],
  ['hosts that were never seen', 1000, n => ({ host: `${'h'.repeat(n)}.example` })],
]

/** Times the start: a request is cheap, and its beginning is dear. */
const stretch = 4

/** Patterns with inner stars beside the others, so that nothing is spared. */
const patterned = config({
  uriGroups: [uris('u', ['/*', '*.jsp', '/a*/a*/b', '/a/*/a/*/c*d', '*a*a*a*x', '/a*'])],
  clusters: [cluster([server('A'), server('B')])],
  routes: [route('Cluster', undefined, 'u')],
})

for (const [title, start, head] of requests) {
  t.test(`routing grows in step with the request: ${title}`, async t => {
    const exponent = growthExponent(start * stretch, n => {
      const request = { method: 'GET', target: '/', scheme: 'http', host: 'h', ...head(n) } as const
      const router = createRouter(patterned)
      return () => router.route(request).report({ kind: 'client-aborted' })
    })
    t.ok(exponent < steepest, `exponent ${exponent.toFixed(2)}`)
  })
}

t.test('the measure tells linear work from quadratic', async t => {
  const bytes = Buffer.alloc(1_000_000)
  const pass = (n: number) => {
    let sum = 0
    for (let i = 0; i < n; i++) sum += bytes[i] as number
    return sum
  }
  t.ok(growthExponent(20_000, n => () => pass(n)) < steepest)
  const quadratic = growthExponent(100, n => () => {
    for (let i = 0; i < n; i++) pass(n)
  })
  t.ok(quadratic >= steepest, `exponent ${quadratic.toFixed(2)}`)
})
