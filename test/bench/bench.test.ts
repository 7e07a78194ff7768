import { execFile } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
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
  const saved = new URL(`results/${name}.json`, import.meta.url)
  t.teardown(() => rmSync(saved, { force: true }))
  const { stdout } = await run(process.execPath, [
    bench.pathname,
    ...args,
    '--quick',
    '--save',
    name,
  ])
  return { output: stdout, json: JSON.parse(readFileSync(saved, 'utf8')) }
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
  t.equal(decisions?.length, 2 + 10 + 1, 'five cases, traced or not, and the yardstick')
  t.equal(trace?.length, 2 + 5)
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
    ...['--rounds', '1', '--seconds', '0.2', '--scenarios', 'get-1k,dead-10,websocket', '--no-pin'],
    ...['--only', 'plugin-cfg-router,bare undici,httpxy'],
  ])
  const [plain, dead, webSocket] = tablesIn(t, output)
  t.equal(webSocket?.length, 2 + 2, 'only those that pass upgrades on')
  t.same(
    plain?.slice(2).map(([name]) => name),
    ['plugin-cfg-router', 'bare undici', 'bare undici, first piece held', 'httpxy'],
  )
  t.equal(dead?.length, 2 + 2, 'only those that fail over, with and without the dead server')
  t.match(json, {
    part: 'edge',
    scenarios: [{ name: 'get-1k', rows: [{ name: 'plugin-cfg-router', failed: 0 }] }],
    versions: { undici: /^\d+\.\d+\.\d+$/ },
  })
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
})

function onLinuxOnly(): string | false {
  return process.platform === 'linux' ? false : 'the CPU time of other processes is read from /proc'
}
