import { renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ManualClock } from '../../src/core/clock.ts'
import { createEdge } from '../../src/edge/edge.ts'
import type { ConfigError } from '../../src/edge/load.ts'
import type { ReloadEvent } from '../../src/edge/reload.ts'
import { edgeConfig } from '../support/edge-config.ts'
import { ask, edgeOn, eventually, origin } from '../support/loopback.ts'

/** A file with one cluster of one server. */
const xml = (
  port: number,
  { refresh = 10, extra = '', dns = '' } = {},
): string => `<?xml version="1.0"?>
<Config RefreshInterval="${refresh}" ${dns}>
  <ServerCluster Name="Shop">
    <Server Name="m1" ConnectTimeout="5">
      <Transport Hostname="127.0.0.1" Port="${port}" Protocol="http"/>
    </Server>
    ${extra}
  </ServerCluster>
  <UriGroup Name="Uris"><Uri Name="/*"/></UriGroup>
  <Route UriGroup="Uris" ServerCluster="Shop"/>
</Config>
`

/** An edge on a file, two servers to switch between, and what happened at reloads. */
const reloading = async (t: Test, options = {}) => {
  const clock = new ManualClock(1000)
  const [old, next] = [
    await origin(t, (_, response) => response.end('old')),
    await origin(t, (_, response) => response.end('new')),
  ]
  const file = join(t.testdir({ 'plugin-cfg.xml': xml(old.port) }), 'plugin-cfg.xml')
  const test = await edgeOn(t, file, { clock, ...options })
  const events: ReloadEvent[] = []
  test.edge.on('reload', event => events.push(event))
  const body = async (): Promise<string> => (await ask(test.port, '/')).body
  return { ...test, clock, old, next, file, events, body }
}

t.test('a changed file is seen by the first request after RefreshInterval, not before', async t => {
  const { clock, next, file, events, body, edge } = await reloading(t)
  t.equal(await body(), 'old')
  writeFileSync(file, xml(next.port, { refresh: 20 }))
  clock.advance(9999)
  t.equal(await body(), 'old')
  t.same(events, [])
  clock.advance(1)
  t.equal(await body(), 'new')
  t.match(events, [{ result: 'loaded', path: file, diagnostics: [] }])
  t.equal(edge.counters().reloads, 1)
  t.equal(edge.config.settings.refreshIntervalMs, 20_000, 'a new RefreshInterval takes effect')
})

t.test('a file that has not changed is not read again', async t => {
  const { clock, events, body } = await reloading(t)
  clock.advance(10_000)
  t.equal(await body(), 'old')
  t.same(events, [])
})

t.test('touching the file is enough', async t => {
  const { clock, file, events, body } = await reloading(t)
  utimesSync(file, new Date(), new Date(Date.now() + 5000))
  clock.advance(10_000)
  t.equal(await body(), 'old')
  t.match(events, [{ result: 'loaded' }])
})

t.test('a file of the same size and time that was renamed into place is seen', async t => {
  const { clock, next, file, body } = await reloading(t)
  const other = `${file}.new`
  writeFileSync(other, xml(next.port))
  renameSync(other, file)
  clock.advance(10_000)
  t.equal(await body(), 'new')
})

t.test('a request that waits for a reload waits no longer than reloadWaitMs', async t => {
  let resolve = (_: readonly string[]): void => {}
  let looking = false
  const { clock, next, file, events, body } = await reloading(t, {
    reloadWaitMs: 50,
    lookup: () => {
      looking = true
      return new Promise<readonly string[]>(done => {
        resolve = done
      })
    },
  })
  writeFileSync(file, xml(next.port).replace('127.0.0.1', 'slow.example'))
  clock.advance(10_000)
  t.equal(await body(), 'old')
  t.ok(looking)
  t.equal(await body(), 'old', 'others do not wait at all')
  resolve(['127.0.0.1'])
  await eventually(() => events.length === 1)
  t.equal(await body(), 'new')
})

t.test('reloadWaitMs 0: the request that finds the change does not wait', async t => {
  const { clock, next, file, events, body } = await reloading(t, { reloadWaitMs: 0 })
  writeFileSync(file, xml(next.port))
  clock.advance(10_000)
  t.equal(await body(), 'old')
  await eventually(() => events.length === 1)
  t.equal(await body(), 'new')
})

const bad: readonly (readonly [title: string, text: (good: string) => string, code: RegExp])[] = [
  ['that is half written', good => good.slice(0, good.length / 2), /./],
  ['that is empty', () => '', /./],
  [
    'whose route names no cluster',
    good => good.replace('ServerCluster="Shop"', 'ServerCluster="Gone"'),
    /L04/,
  ],
  ['whose host cannot be resolved', good => good.replace('127.0.0.1', 'nowhere.invalid'), /L07/],
]

for (const [title, spoil, code] of bad) {
  t.test(`E5 a file ${title} leaves the old configuration in force, and one event`, async t => {
    const lookup = async (name: string): Promise<readonly string[]> => {
      throw Object.assign(new Error(name), { code: 'ENOTFOUND' })
    }
    const { clock, next, file, events, body, edge } = await reloading(t, { lookup })
    writeFileSync(file, spoil(xml(next.port)))
    for (let i = 0; i < 3; i++) {
      clock.advance(10_000)
      t.equal(await body(), 'old')
    }
    t.match(events, [{ result: 'refused', path: file }])
    t.equal(events.length, 1)
    const errors = events[0]?.diagnostics.filter(({ severity }) => severity === 'error') ?? []
    t.match(errors[0], { file, line: Number, column: Number, code })
    t.equal(edge.counters().failedReloads, 1)
    writeFileSync(file, `${xml(next.port)}<!-- finished -->`)
    clock.advance(10_000)
    t.equal(await body(), 'new', 'until it is good again')
    t.match(events[1], { result: 'loaded' })
  })
}

const unknownHost = Object.assign(new Error('nowhere'), { code: 'ENOTFOUND' })

t.test('E5 a file that was being written when it was refused is read again at once', async t => {
  let finish = (): void => {}
  const { clock, next, file, events, body, edge } = await reloading(t, {
    lookup: async () => {
      finish()
      throw unknownHost
    },
  })
  const good = xml(next.port)
  finish = () => writeFileSync(file, `${good}<!-- whole -->`)
  writeFileSync(file, good.replace('127.0.0.1', 'nowhere.invalid'))
  clock.advance(10_000)
  t.equal(await body(), 'new')
  t.match(events, [{ result: 'loaded' }])
  t.equal(edge.counters().failedReloads, 0)
})

t.test(
  'E5 a file that is written to without end is refused once it was read four times',
  async t => {
    let reads = 0
    let spoil = (): void => {}
    const { clock, next, file, events, body } = await reloading(t, {
      lookup: async () => {
        reads++
        spoil()
        throw unknownHost
      },
    })
    const bad = xml(next.port).replace('127.0.0.1', 'nowhere.invalid')
    spoil = () => writeFileSync(file, `${bad}<!-- ${'x'.repeat(reads)} -->`)
    writeFileSync(file, bad)
    clock.advance(10_000)
    t.equal(await body(), 'old')
    t.match(events, [{ result: 'refused' }])
    t.equal(events.length, 1)
    t.equal(reads, 4)
  },
)

t.test(
  'a file that is missing for a moment is looked at by every request until it is back',
  async t => {
    const { clock, next, file, events, body, edge } = await reloading(t)
    rmSync(file)
    clock.advance(10_000)
    for (let i = 0; i < 5; i++) t.equal(await body(), 'old')
    t.match(events, [{ result: 'unreadable', error: { code: 'ENOENT' } }])
    t.equal(events.length, 1, 'no flood')
    writeFileSync(file, xml(next.port))
    t.equal(await body(), 'new', 'without waiting for another interval')
    t.match(events[1], { result: 'loaded' })
    t.match(edge.counters(), { reloads: 1, failedReloads: 1 })
  },
)

t.test('a file that comes back as it was is reported as recovered', async t => {
  const { clock, file, events, body } = await reloading(t)
  renameSync(file, `${file}.away`)
  clock.advance(10_000)
  await body()
  renameSync(`${file}.away`, file)
  await body()
  t.match(events, [{ result: 'unreadable' }, { result: 'recovered' }])
  clock.advance(10_000)
  await body()
  t.equal(events.length, 2)
})

t.test('a directory in the place of the file is an unreadable file', async t => {
  const { edge, file, events } = await reloading(t)
  rmSync(file)
  t.match(await edge.reload(), { result: 'unreadable', error: { code: 'FILE_UNREADABLE' } })
  t.equal(events.length, 1)
})

t.test('RefreshInterval 0 looks at the file for every request', async t => {
  const { clock, next, old, file, body, edge } = await reloading(t)
  writeFileSync(file, xml(old.port, { refresh: 0 }))
  clock.advance(10_000)
  await body()
  t.equal(edge.config.settings.refreshIntervalMs, 0)
  writeFileSync(file, xml(next.port, { refresh: 0 }))
  t.strictSame(await Promise.all([body(), body(), body()]), ['new', 'new', 'new'])
})

t.test('RefreshInterval -1 never looks again', async t => {
  const { clock, next, old, file, body, edge } = await reloading(t)
  writeFileSync(file, xml(old.port, { refresh: -1 }))
  t.match(await edge.reload(), { result: 'loaded' })
  t.equal(edge.config.settings.refreshIntervalMs, null)
  writeFileSync(file, xml(next.port))
  clock.advance(1e9)
  t.equal(await body(), 'old')
  t.match(await edge.reload(), { result: 'loaded' }, 'but when told')
  t.equal(await body(), 'new')
})

t.test('Q21 a request under way finishes on the configuration it began with', async t => {
  let finish = (): void => {}
  const slow = await origin(t, (_, response) => {
    finish = () => response.end('from the old one')
  })
  const next = await origin(t, (_, response) => response.end('new'))
  const file = join(t.testdir({ 'plugin-cfg.xml': xml(slow.port) }), 'plugin-cfg.xml')
  const { edge, port } = await edgeOn(t, file)
  const running = ask(port, '/')
  await eventually(() => slow.seen.length === 1)
  writeFileSync(file, xml(next.port))
  await edge.reload()
  t.equal((await ask(port, '/')).body, 'new')
  t.equal(edge.counters().running, 1)
  finish()
  t.equal((await running).body, 'from the old one')
  await eventually(() => edge.counters().running === 0)
})

t.test(
  'the streams of a replaced configuration are closed when its last request is over',
  async t => {
    let finish = (): void => {}
    const server = await origin(t, (request, response) => {
      if (request.url === '/slow') finish = () => response.end('slow')
      else response.end('ok')
    })
    const file = join(t.testdir({ 'plugin-cfg.xml': xml(server.port) }), 'plugin-cfg.xml')
    const { edge, port } = await edgeOn(t, file)
    const running = ask(port, '/slow')
    await ask(port, '/')
    await eventually(() => server.seen.length === 2)
    t.equal(edge.counters().idleStreams, 1)
    await edge.reload()
    t.equal(edge.counters().idleStreams, 0)
    finish()
    t.equal((await running).body, 'slow')
    await eventually(() => edge.counters().running === 0)
    t.equal(edge.counters().idleStreams, 0)
  },
)

t.test('W5 a reload starts with fresh state', async t => {
  const { edge, port, old, file } = await reloading(t)
  await ask(port, '/')
  t.match(edge.snapshot().clusters[0]?.servers, [{ total: 1 }])
  writeFileSync(file, xml(old.port))
  await edge.reload()
  t.match(edge.snapshot().clusters[0]?.servers, [{ total: 0 }])
})

t.test(
  'a configuration object is loaded again on demand, and never looked at otherwise',
  async t => {
    const clock = new ManualClock()
    const server = await origin(t)
    const { edge, port } = await edgeOn(t, edgeConfig([{ port: server.port }]), { clock })
    clock.advance(1e9)
    t.equal((await ask(port, '/')).status, 200)
    t.match(await edge.reload(), { result: 'loaded', path: null })
  },
)

t.test('E6 with IgnoreDNSFailures a server whose name is unknown is left out', async t => {
  const server = await origin(t)
  const extra = `<Server Name="m2"><Transport Hostname="nowhere.invalid" Port="1"/></Server>`
  const file = join(
    t.testdir({ 'a.xml': xml(server.port, { extra, dns: 'IgnoreDNSFailures="true"' }) }),
    'a.xml',
  )
  const lookup = async (): Promise<readonly string[]> => {
    throw Object.assign(new Error('no'), { code: 'ENOTFOUND' })
  }
  const { edge, port, warnings } = await edgeOn(t, file, { lookup })
  for (let i = 0; i < 3; i++) t.equal((await ask(port, '/')).status, 200)
  t.match(edge.snapshot().clusters[0]?.servers, [{ usable: true }, { usable: false }])
  t.match(warnings, [
    { code: 'TRANSPORT_UNUSABLE', message: /nowhere\.invalid.*the name is unknown/ },
  ])
})

t.test('E6 a cluster of which no server can be resolved is refused all the same', async t => {
  const file = join(
    t.testdir({
      'a.xml': xml(1, { dns: 'IgnoreDNSFailures="true"' }).replace('127.0.0.1', 'nowhere.invalid'),
    }),
    'a.xml',
  )
  const lookup = async (): Promise<readonly string[]> => []
  const error = (await createEdge({ config: file, lookup }).catch(caught => caught)) as ConfigError
  t.match(error, {
    code: 'CONFIG_INVALID',
    message: /a\.xml:5:\d+ L07 host name "nowhere.invalid" cannot be resolved/,
  })
  t.match(
    error.diagnostics.find(({ code }) => code === 'L07'),
    { line: 5, file, effect: /no server of Shop/ },
  )
})

t.test("E6 resolve 'connect' looks names up for each connection", async t => {
  const server = await origin(t)
  const asked: string[] = []
  const { port, edge } = await edgeOn(
    t,
    edgeConfig([{ port: server.port }], { transport: { hostname: 'moving.example' } }),
    {
      resolve: 'connect',
      lookup: async name => {
        asked.push(name)
        // Nothing listens at the first address.
        return ['127.0.0.77', '127.0.0.1']
      },
    },
  )
  t.same(asked, [], 'not at load')
  t.equal((await ask(port, '/')).status, 200)
  t.equal((await ask(port, '/')).status, 200)
  t.same(asked, ['moving.example'], 'a pooled stream needs no address')
  t.equal(edge.counters().idleStreams, 1)
})

t.test("F1 resolve 'connect': a name that is unknown now is an unreachable server", async t => {
  for (const lookup of [
    async () => {
      throw Object.assign(new Error('no'), { code: 'ENOTFOUND' })
    },
    async () => [],
  ]) {
    const { port, trace } = await edgeOn(
      t,
      edgeConfig([{ port: 9 }, { port: 9 }], { transport: { hostname: 'moving.example' } }),
      { resolve: 'connect', lookup },
    )
    t.equal((await ask(port, '/')).status, 500)
    t.match(
      trace.find(({ kind }) => kind === 'fail'),
      { row: 'F1', cause: 'unreachable' },
    )
  }
})

t.test(
  'E5 a bad file at start: the error names file, line and column and carries all findings',
  async t => {
    const file = join(
      t.testdir({ 'bad.xml': xml(1).replace('ServerCluster="Shop"', 'ServerCluster="No"') }),
      'bad.xml',
    )
    await t.rejects(createEdge({ config: file }), {
      name: 'PluginError',
      code: 'CONFIG_INVALID',
      message: /bad\.xml:\d+:\d+ L04 /,
      diagnostics: Array,
    })
    await t.rejects(createEdge({ config: join(t.testdirName, 'none.xml') }), {
      code: 'FILE_UNREADABLE',
      message: /there is no such file/,
    })
  },
)

t.test('reloads under load lose nothing', async t => {
  const servers = [await origin(t), await origin(t)] as const
  const file = join(t.testdir({ 'plugin-cfg.xml': xml(servers[0].port) }), 'plugin-cfg.xml')
  const { edge, port } = await edgeOn(t, file)
  let done = false
  const worker = async (): Promise<number> => {
    let failed = 0
    while (!done) if ((await ask(port, '/')).body !== 'ok') failed++
    return failed
  }
  const workers = Promise.all(Array.from({ length: 8 }, worker))
  for (let i = 0; i < 20; i++) {
    writeFileSync(`${file}.next`, xml(servers[i % 2 === 0 ? 1 : 0].port))
    renameSync(`${file}.next`, file)
    t.match(await edge.reload(), { result: 'loaded' })
  }
  done = true
  t.strictSame(await workers, Array(8).fill(0))
  await eventually(() => edge.counters().running === 0)
})
