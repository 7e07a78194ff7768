import t from 'tap'
import { ManualClock } from '../../src/core/clock.ts'
import type { Exchange } from '../../src/core/exchange.ts'
import { createRouter, seededRandom } from '../../src/core/router.ts'
import { settled } from '../../src/core/snapshot.ts'
import type { Outcome } from '../../src/core/step.ts'
import { cluster, config, only, route, server, settings, transport } from '../support/configs.ts'
import { answered, failed, lab, ok, serverOf } from '../support/lab.ts'

const pair = (over = {}, a = {}) => only(cluster([server('A', a), server('B')], over))

t.test('a snapshot is plain JSON and starts a router in the same state', async t => {
  const l = lab(pair())
  l.run(3)
  l.session('a').report(failed('refused'))
  l.clock.advance(10_000)
  const snapshot = l.router.snapshot()
  const text = JSON.stringify(snapshot)
  t.same(JSON.parse(text), snapshot)
  const again = createRouter(pair(), { clock: l.clock, snapshot: JSON.parse(text) })
  t.same(again.snapshot(), snapshot)
  const head = { method: 'GET', target: '/', scheme: 'http', host: 'h' } as const
  t.same(again.route(head).step, l.request().step)
})

t.test('a snapshot says what a status page shows', async t => {
  const l = lab(pair({}, { maxConnections: 1 }))
  l.session('a')
  l.clock.advance(5)
  t.match(l.router.snapshot(), {
    takenAt: 5,
    exchanges: 1,
    clusters: [
      {
        name: 'Cluster',
        loadBalance: 'round-robin',
        retryIntervalMs: 60_000,
        cursor: null,
        servers: [
          { name: 'A', cloneId: 'a', list: 'primary', health: 'up', busy: true, pending: 1 },
          { name: 'B', busy: false, maxConnections: 0, retryInMs: null },
        ],
      },
    ],
  })
})

t.test('settled takes what was under way out of a snapshot', async t => {
  const l = lab(pair())
  l.session('a').report(failed('refused'))
  l.clock.advance(60_000)
  l.session('a')
  t.equal(l.health(), 'A:probing B:up')
  const restored = createRouter(pair(), { snapshot: settled(l.router.snapshot()) })
  t.match(restored.snapshot().clusters[0]?.servers, [
    { name: 'A', health: 'down', pending: 0, failed: 1 },
    { name: 'B', pending: 0 },
  ])
})

t.test('a snapshot of other servers is taken over as far as names fit', async t => {
  const l = lab(pair())
  l.session('a').report(failed('refused'))
  const other = createRouter(only(cluster([server('A'), server('Z')])), {
    snapshot: l.router.snapshot(),
  })
  t.match(other.snapshot().clusters[0]?.servers, [
    { name: 'A', health: 'down' },
    { name: 'Z', health: 'up' },
  ])
})

t.test('partition tables travel in snapshots', async t => {
  const l = lab(pair())
  l.router.setPartitionTable('Cluster', { '1': ['b'] })
  const restored = lab(pair(), { snapshot: l.router.snapshot() })
  t.equal(serverOf(restored.session('1').step), 'B')
})

t.test('§0 wrong switches are refused with the option and what was given', async t => {
  t.throws(() => createRouter(config(), { allDown: 'maybe' as never }), {
    code: 'OPTION_INVALID',
    message: /allDown is "maybe"; write one of 'fail', 'probe'/,
  })
  t.throws(() => createRouter(config(), { connectionTtlDefaultMs: -1 }), { code: 'OPTION_INVALID' })
})

t.test('§0 Z3 connectionTtlDefault applies where the file has no ConnectionTTL', async t => {
  const ttl = (options: object, over: object = {}) => {
    const { step } = lab(pair({}, { transports: [transport(over)] }), options).session('a')
    return step.kind === 'attempt' ? step.connectionTtlMs : undefined
  }
  t.equal(ttl({}), 28_000)
  t.equal(ttl({ connectionTtlDefaultMs: 0 }), 0)
  t.equal(ttl({}, { connectionTtlMs: 5000 }), 5000)
})

const both = [transport({ port: 1 }), transport({ protocol: 'https', port: 2 })]
const insecure = [transport({ port: 1 }), transport({ port: 3 })]
const secure = [transport({ protocol: 'https', port: 2 })]
const choices: readonly (readonly [
  string,
  typeof both,
  'http' | 'https',
  object,
  number,
  number,
])[] = [
  ['Y1 http goes over http', both, 'http', {}, 1, 2],
  ['Y1 Y2 https goes over https, case 1', both, 'https', {}, 2, 1],
  ['Y4 http goes over https when there is nothing else', secure, 'http', {}, 2, 3],
  [
    'Y3 https goes over http only with UseInsecure',
    insecure,
    'https',
    { insecureFallback: true },
    1,
    4,
  ],
  ['Y5 the first of several', insecure, 'http', {}, 1, 2],
  [
    'Y6 a transport skipped at load is passed over',
    both,
    'http',
    { transportUsable: ({ port }: { port: number }) => port !== 1 },
    2,
    3,
  ],
]
for (const [title, transports, scheme, options, port, number] of choices) {
  t.test(title, async t => {
    const l = lab(only(cluster([server('A', { transports })])), options)
    t.match(l.request({ scheme }).step, { transport: { port } })
    t.match(l.of('transport'), [{ case: number, port }])
  })
}

t.test('§0 statsVocabulary names the counters as the plug-in of the time did', async t => {
  for (const statsVocabulary of ['requests', 'connections'] as const) {
    const l = lab(pair(), { statsVocabulary })
    l.request().report(ok)
    t.equal(l.of('stats')[0]?.vocabulary, statsVocabulary)
  }
})

t.test('without a listener no record is built, with one per exchange only that one is', async t => {
  const router = createRouter(pair())
  const head = { method: 'GET', target: '/', scheme: 'http', host: 'h' } as const
  const kinds: string[] = []
  router.route(head).report(ok)
  router.route(head, record => kinds.push(record.kind)).report(ok)
  router.route(head).report(ok)
  t.equal(kinds[0], 'route')
  t.equal(kinds.at(-1), 'outcome')
  t.equal(kinds.filter(kind => kind === 'route').length, 1)
})

t.test('X3 the seeded source of chance repeats itself and stays in range', async t => {
  const draw = (seed: number) => Array.from({ length: 100 }, seededRandom(seed))
  t.same(draw(7), draw(7))
  t.notSame(draw(7), draw(8))
  t.ok(draw(7).every(value => value >= 0 && value < 1))
})

t.test('E23 the same server in several clusters shares nothing', async t => {
  const two = config({
    clusters: ['One', 'Two'].map(name => cluster([server('A'), server('B')], { name })),
    uriGroups: [
      { name: 'one', uris: [{ name: '/1', affinityCookie: 'S', affinityUrlIdentifier: 's' }] },
      { name: 'two', uris: [{ name: '/2', affinityCookie: 'S', affinityUrlIdentifier: 's' }] },
    ],
    routes: [
      { serverCluster: 'One', uriGroup: 'one' },
      { serverCluster: 'Two', uriGroup: 'two' },
    ],
  })
  const l = lab(two)
  l.request({ target: '/1', cookie: 'S=x:a' }).report(failed('refused'))
  t.equal(serverOf(l.request({ target: '/2', cookie: 'S=x:a' }).step), 'A')
  t.equal(l.health(), 'A:down B:up A:up B:up')
})

t.test('X3 the seeded source of chance gives the same numbers in every version', async t => {
  const random = seededRandom(1)
  t.same(
    [random(), random(), random()],
    [0.6270739405881613, 0.002735721180215478, 0.5274470399599522],
  )
})

t.test('who follows no trace is told the same, and the state is the same', async t => {
  // Once around everything that leaves a record.
  const walk = (onTrace?: () => void): unknown[] => {
    const clock = new ManualClock()
    const servers = [
      server('A', { maxConnections: 1, cloneId: 'x' }),
      server('B', { cloneId: 'x', serverIoTimeoutMs: 1000 }),
      server('C', { transports: [transport({ protocol: 'https' })] }),
    ]
    const what = config({
      settings: settings({ markBusyDown: true }),
      clusters: [cluster(servers, { postBufferSizeBytes: 0 })],
      uriGroups: [
        { name: 'u', uris: [{ name: '/u', affinityCookie: 'S', affinityUrlIdentifier: 's' }] },
      ],
      routes: [route('Cluster', undefined, 'u'), { ...route('Nowhere'), uriGroup: 'n' }],
    })
    const groups = [
      ...what.uriGroups,
      { name: 'n', uris: [{ name: '/n', affinityCookie: 'S', affinityUrlIdentifier: 's' }] },
    ]
    const router = createRouter(
      { ...what, uriGroups: groups },
      { clock, ...(onTrace && { onTrace }) },
    )
    const head = { method: 'GET', target: '/u', scheme: 'http' } as const
    const session = { ...head, cookie: 'S=0001:x' }
    const told: unknown[] = []
    const tell = (exchange: Exchange, ...outcomes: Outcome[]): void => {
      told.push(exchange.step)
      for (const outcome of outcomes) told.push(exchange.report(outcome))
      told.push(router.snapshot())
    }
    tell(router.route({ ...head, target: '/none' }))
    tell(router.route({ ...head, target: '/%' }))
    tell(router.route({ ...head, target: '/n' }))
    const pending = router.route(session)
    tell(router.route(session), answered(200))
    tell(pending, { kind: 'answered', status: 200, streaming: true }, failed('reset'))
    tell(router.route(session), answered(503), failed('read-timeout'), failed('refused'))
    tell(router.route({ ...head, body: 5 }), failed('read-timeout'))
    tell(router.route(head), failed('reset', 'pooled'), ok)
    clock.advance(60_000)
    tell(router.route(session), ok)
    tell(router.route(session), { kind: 'client-aborted' })
    tell(router.route({ ...head, scheme: 'https' }), ok)
    for (let i = 0; i < 4; i++) tell(router.route(head), ok)
    return told
  }
  let records = 0
  t.same(
    walk(),
    walk(() => {
      records++
    }),
  )
  t.ok(records > 100)
})

t.test('without any option chance is seeded and the clock stands still', async t => {
  const first = () => {
    const router = createRouter(only(cluster(['A', 'B', 'C', 'D'].map(name => server(name)))))
    const head = { method: 'GET', target: '/', scheme: 'http' } as const
    const picks = Array.from({ length: 4 }, () => {
      const exchange = router.route(head)
      exchange.report(ok)
      return exchange.number
    })
    return [router.snapshot().takenAt, picks, router.snapshot().clusters[0]?.cursor]
  }
  t.same(first(), [0, [1, 2, 3, 4], 1])
  t.same(first(), first())
})

t.test(
  'M6 E7 what is declined is bound to nothing, and * is declined by a Route for every path',
  async t => {
    const everything = config({ clusters: [cluster([server('A')])], routes: [route('Cluster')] })
    const router = createRouter(everything)
    const head = { method: 'OPTIONS', scheme: 'http', host: 'edge.example' } as const
    const declined = router.route({ ...head, target: '*' })
    t.match(
      [declined.step, declined.binding, declined.session],
      [{ kind: 'decline' }, null, { source: 'none', cloneIds: [] }],
    )
    t.match(router.route({ ...head, target: '/x' }).binding, { cluster: 'Cluster' })
  },
)

t.test('M10 the records of the match show the path without its query', async t => {
  const l = lab(only(cluster([server('A'), server('B')])))
  l.request({ target: '/a/b;c=d?e' })
  t.same(
    l.of('route').map(({ path }) => path),
    ['/a/b'],
  )
  const none = lab(config())
  none.request({ target: '/a/b;c=d?e' })
  t.same(
    none.of('decline').map(({ path }) => path),
    ['/a/b'],
  )
})

t.test('8.4 E1 a listener that begins another exchange changes nothing about its own', async t => {
  const kinds = (nested: 'no' | 'silent' | 'followed') => {
    const router = createRouter(only(cluster([server('A'), server('B')], { retryIntervalMs: 0 })))
    const head = { method: 'GET', target: '/', scheme: 'http', cookie: 'JSESSIONID=x:b' } as const
    const seen: string[] = []
    router.route(head, ({ kind }) => {
      seen.push(kind)
      if (kind !== 'compare' || nested === 'no') return
      router.route(head, nested === 'silent' ? undefined : () => {})
    })
    return seen
  }
  t.same(kinds('silent'), kinds('no'))
  t.same(kinds('followed'), kinds('no'))
  t.ok(kinds('no').includes('check'))
})

t.test('M7 the Uris of one Route may differ in the parameter alone', async t => {
  const names = { affinityCookie: 'JSESSIONID' }
  const l = lab({
    ...only(cluster([server('A'), server('B')])),
    uriGroups: [
      {
        name: 'U',
        uris: [
          { name: '/a/*', ...names, affinityUrlIdentifier: 'aid' },
          { name: '/b/*', ...names, affinityUrlIdentifier: 'bid' },
        ],
      },
    ],
    routes: [{ serverCluster: 'Cluster', uriGroup: 'U' }],
  })
  t.equal(serverOf(l.request({ target: '/b/x;bid=x:b' }).step), 'B')
  t.match(l.request({ target: '/b/x;aid=x:b' }).step, { why: 'round-robin' })
})
