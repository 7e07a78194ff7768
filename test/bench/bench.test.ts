import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'

const bench = new URL('main.mjs', import.meta.url)
const run = promisify(execFile)

interface Outcome {
  readonly output: string
  readonly json: Readonly<Record<string, unknown>>
}

/** Runs a part of the bench with numbers so small that they say nothing, and reads what it saved. */
const measure = async (t: Test, name: string, args: readonly string[]): Promise<Outcome> => {
  const folder = t.testdir({})
  const { stdout } = await run(
    process.execPath,
    [bench.pathname, ...args, '--quick', '--save', name],
    { env: { ...process.env, BENCH_RESULTS: folder } },
  )
  return { output: stdout, json: JSON.parse(readFileSync(`${folder}/${name}.json`, 'utf8')) }
}

/** The rows of each table, cell by cell; fails where a row has not as many cells as its head. */
const tablesIn = (t: Test, output: string): string[][][] => {
  const blocks = output
    .trim()
    .split('\n\n')
    .filter(block => block.startsWith('|'))
  return blocks.map(block => {
    const rows = block.split('\n').map(line => line.split('|').slice(1, -1))
    for (const row of rows) t.equal(row.length, rows[0]?.length, row[0]?.trim() ?? '')
    return rows.map(row => row.map(cell => cell.trim()))
  })
}

t.test('the decision is measured in time and bytes, and reading against the parser', async t => {
  const { output, json } = await measure(t, 'smoke-decision', [
    'decision',
    ...['--rounds', '1', '--batches', '2', '--megabytes', '0.05', '--only', '10-uris'],
  ])
  const [decisions, trace, reading] = tablesIn(t, output)
  t.equal(decisions?.length, 2 + 12 + 1, 'six cases, traced or not, and the yardstick')
  t.equal(trace?.length, 2 + 6)
  t.equal(reading?.length, 2 + 3)
  t.match(output, /\d+ trace calls dropped; \d{4,} random steps decided alike by both\./)
  t.match(json, {
    part: 'decision',
    node: process.versions.node,
    traceCost: { rows: [{ kind: 'affinity', ratio: Number, noise: Number, within: Boolean }] },
    decisions: [{ rows: [{ kind: 'affinity', whole: { nanoseconds: Number, bytes: Number } }] }],
    reading: [{ reader: 'parser', peakMiB: Number }],
  })
  // A result names neither the machine nor a folder of it.
  t.notMatch(JSON.stringify(json), /"[^"]*(?:\/tmp\/|\/home\/|\/root\/)/)
  t.notMatch(JSON.stringify(json), `"${hostname()}"`)
})

t.test('the edge is measured beside its peers', { skip: onLinuxOnly() }, async t => {
  const { output, json } = await measure(t, 'smoke-edge', [
    'edge',
    ...['--rounds', '1', '--seconds', '0.2', '--no-pin'],
    ...['--scenarios', 'get-1k,steady,dead-10,websocket'],
    ...['--only', 'plugin-cfg-router,bare undici,httpxy'],
  ])
  const [plain, steady, dead, webSocket] = tablesIn(t, output)
  t.same(
    webSocket?.slice(2).map(([name]) => name),
    ['plugin-cfg-router', 'bare undici', 'httpxy'],
    'those that pass upgrades on',
  )
  t.same(
    plain?.slice(2).map(([name]) => name),
    ['plugin-cfg-router', 'bare undici', 'bare undici, first piece held', 'httpxy'],
  )
  const rates = steady?.slice(2).map(line => Number(line[4])) ?? []
  t.equal(rates.length, 4)
  for (const rate of rates) t.ok(rate > 0 && rate <= 3100, `${rate}: no more than are due`)
  t.equal(dead?.length, 2 + 2, 'only those that fail over, with and without the dead server')
  t.match(json, {
    part: 'edge',
    scenarios: [
      { name: 'get-1k', rows: [{ name: 'plugin-cfg-router', failed: 0 }] },
      { name: 'steady', rows: [{ name: 'plugin-cfg-router', failed: 0 }] },
      { name: 'dead-10', rows: [{ rateToAlive: Number, attempts: Number, failed: 0 }] },
    ],
    versions: { undici: /^\d+\.\d+\.\d+$/ },
  })
})

const natives = ['nginx', 'HAProxy', 'Apache mod_proxy_balancer', 'Apache mod_jk']

t.test(
  'servers that are no Node programs keep sessions on their server, where they are installed',
  { skip: onLinuxOnly() },
  async t => {
    const { json } = await measure(t, 'smoke-natives', [
      'edge',
      ...['--rounds', '1', '--seconds', '0.2', '--scenarios', 'post-4k,get-100k,tls', '--no-pin'],
      ...['--only', ['plugin-cfg-router', ...natives].join(',')],
    ])
    const { scenarios } = json as unknown as Result
    for (const { name, rows, leftOut } of scenarios) {
      t.same(leftOut, {}, name)
      t.equal(rows[0]?.name, 'plugin-cfg-router')
      for (const row of rows) t.equal(row.failed, 0, `${name}: ${row.name}`)
    }
    const withTls = scenarios.find(({ name }) => name === 'tls')?.rows ?? []
    t.notOk(
      withTls.some(({ name }) => name === 'Apache mod_jk'),
      'AJP has no TLS',
    )
  },
)

interface Result {
  readonly scenarios: readonly {
    readonly name: string
    readonly leftOut: Readonly<Record<string, string>>
    readonly rows: readonly { readonly name: string; readonly failed: number }[]
  }[]
}

t.test(
  'two revisions of the edge are measured beside each other',
  { skip: noHistory() },
  async t => {
    const { output, json } = await measure(t, 'smoke-compare', [
      'edge',
      ...['--rounds', '1', '--seconds', '0.2', '--scenarios', 'get-1k', '--no-pin'],
      ...['--compare', 'HEAD'],
    ])
    t.match(json, { compare: 'HEAD' })
    t.same(
      tablesIn(t, output)[0]
        ?.slice(2)
        .map(([name]) => name),
      ['plugin-cfg-router', 'plugin-cfg-router HEAD', 'bare undici'],
    )
  },
)

t.test('a long run tells whether the edge stays as it is', { skip: onLinuxOnly() }, async t => {
  const { output, json } = await measure(t, 'smoke-endurance', [
    ...['endurance', '--minutes', '0.04', '--no-pin'],
  ])
  const [samples, verdicts] = tablesIn(t, output)
  t.equal(samples?.length, 2 + 10)
  t.same(
    verdicts?.slice(2).map(([title]) => title),
    [
      'memory of the process, MiB',
      'heap after a collection, MiB',
      'memory outside the heap, MiB',
      'handles',
      'open files',
      'event-loop delay p50, ms',
      'event-loop delay p99, ms',
      'CPU µs/request',
    ],
  )
  t.match(json, { part: 'endurance', failed: 0, requests: Number, verdicts: [{ key: 'rss' }] })
  const { samples: all } = json as { samples?: readonly Record<string, number>[] }
  for (const sample of all ?? []) {
    t.ok((sample.rss ?? 0) > (sample.heap ?? 0))
    t.equal(sample.running, 0, 'nothing is under way when the load is over')
  }
})

t.test('a long run that is ended early tells what it has', { skip: onLinuxOnly() }, async t => {
  const args = ['endurance', '--minutes', '0.5', '--no-pin']
  const child = spawn(process.execPath, [bench.pathname, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const said = { out: '', progress: '' }
  child.stdout.setEncoding('utf8').on('data', text => {
    said.out += text
  })
  const closed = once(child, 'close')
  for await (const text of child.stderr.setEncoding('utf8')) {
    said.progress += text
    if (/^minute .*\n/m.test(said.progress)) child.kill('SIGINT')
  }
  t.same(await closed, [130, null])
  t.match(tablesIn(t, said.out)[0]?.[0], ['minute', 'req/s', 'failed'])
  t.match(said.out, /^\d\.\d\d minutes, \d+ requests, 0 failed\.$/m)
})

t.test('what cannot be measured is refused with what to write instead', async t => {
  const refused = async (args: readonly string[], said: RegExp) => {
    const failure = await run(process.execPath, [bench.pathname, ...args]).catch(error => error)
    t.match(failure, { code: 1, stderr: said }, args.join(' '))
  }
  await refused([], /Usage: npm run bench/)
  await refused(['decision', '--rounds', 'many'], /--rounds many: write a number above 0/)
  await refused(['decision', '--scenarios', 'get-1k'], /write decisions, trace-cost, reading/)
  await refused(['edge', '--save', '../x'], /write a name without folders/)
  await refused(['edge', '--scenarios', 'get'], /write get-1k, get-100k/)
  await refused(['endurance', '--minutes', '0'], /--minutes 0: write a number above 0/)
})

function onLinuxOnly(): string | false {
  return process.platform === 'linux' ? false : 'the CPU time of other processes is read from /proc'
}

function noHistory(): string | false {
  return existsSync(new URL('../../.git', import.meta.url)) ? onLinuxOnly() : 'there is no history'
}
