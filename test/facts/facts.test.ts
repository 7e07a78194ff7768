import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { PluginConfig } from '../../src/config/model.ts'
import { type LoadedScenario, loadScenario } from '../../src/simulate/read-scenario.ts'
import { renderReport } from '../../src/simulate/report.ts'
import { simulate } from '../../src/simulate/simulate.ts'
import { claimsOf } from './claims.ts'
import { namesOf } from './names.ts'
import { readRecorded } from './recorded.ts'
import { compareFacts } from './shown.ts'
import { readTable } from './table.ts'

const folder = join(import.meta.dirname, 'scenarios')

const fileOf = (id: string): string => `${id.toLowerCase()}.json`

const load = async (id: string): Promise<LoadedScenario> => {
  const loaded = await loadScenario(join(folder, fileOf(id)))
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems))
  return loaded
}

const configOf = ({ scenario, configs }: LoadedScenario): PluginConfig => {
  const reading = scenario.config === undefined ? undefined : configs.get(scenario.config)
  if (reading === undefined) throw new Error('the scenario has no configuration')
  return reading.config
}

/** The rules that the facts of each scenario rest on. */
const scenarios = [
  ['TS-01', 'C2 C3 F1 R2 the server of a session refuses, and the next primary serves'],
  ['TS-02', 'F1 a refused connection leaves five records in the posted order'],
  ['TS-03', 'R1 R2 R3 U1 a stopped member rejoins by a real request after the interval'],
  ['TS-04', 'C1 C2 C3 C4 the scan for one clone ID ends its list before the next ID'],
  ['TS-05', 'K1 K2 K3 K4 backups are used one at a time, in their order'],
  ['TS-06', 'N2 T2 Q11 a lone server is tried twice and never marked down'],
  ['TS-07', 'Y1 Y2 Z1 Q12 an https request takes the https transport'],
  ['TS-08', 'C3 wlbAllows is 0 in a check that ignores weights'],
  ['TS-09', 'F4 without TLS there is no stream'],
  ['TS-10', 'Y6 an https transport that was skipped leaves the rest to work'],
  ['TS-11', 'F17 a server whose name did not resolve stays out'],
  ['TS-12', 'F8 T3 the record of a ServerIOTimeout has its limit and the decision'],
  ['TS-13', 'M9 a request is answered after seven seconds'],
  ['TS-14', 'N2 N3 the only server is asked again as soon as it is back'],
  ['TS-15', 'W3 W13 the reset leaves a member of weight 0 out'],
  ['TS-16', 'F11 a 503 moves the request on and marks nobody down'],
  ['TS-17', 'F9 R1 the retry interval counts from the failure'],
  ['TS-18', 'F16 seven requests fit under MaxConnections 3 and 4'],
  ['TS-19', 'M3 M4 /fon scores 4 and /fon/* scores 5'],
  ['TS-20', 'Y3 Y6 before 8.5.5 https goes out on http'],
] as const

for (const [id, title] of scenarios) {
  t.test(`${title} (${id})`, async t => {
    const { scenario, configs, json } = await load(id)
    const report = simulate(scenario, configs)
    const { passed, title: said } = report
    const layout = { file: fileOf(id), json, trace: true }
    t.ok(passed, passed ? said : renderReport(report, layout))
    t.notOk(report.usedChance, 'nothing is left to chance')
  })
}

t.test('every scenario file is run', async t => {
  t.strictSame(
    (await readdir(folder)).toSorted(),
    scenarios.map(([id]) => fileOf(id)),
  )
})

t.test('the table names every scenario with its title and its public source', async t => {
  const rows = await readTable()
  t.strictSame(
    rows.map(row => row.id),
    scenarios.map(([id]) => id),
  )
  for (const { id, title, source } of rows) {
    const { scenario } = await load(id)
    t.equal(title, scenario.title, id)
    t.equal(source, scenario.source, id)
  }
})

t.test('every recorded fact is expected by a scenario, or listed as not shown', async t => {
  const recorded = await readRecorded()
  if (recorded === null) {
    t.comment('../shared/corpus/trace-scenarios.json is not there: the scenarios ran on their own')
    return
  }
  t.strictSame(
    recorded.map(each => each.id),
    scenarios.map(([id]) => id),
    'one scenario for each recording',
  )
  const rows = await readTable()
  for (const each of recorded) {
    const loaded = await load(each.id)
    const { scenario, configs } = loaded
    if (/^https?:/.test(each.source_url)) {
      t.ok(scenario.source?.includes(each.source_url), `${each.id} names ${each.source_url}`)
    }
    const { missing, stale } = compareFacts(
      each,
      claimsOf(scenario, simulate(scenario, configs)),
      namesOf(each, configOf(loaded)),
      scenario.options?.unusable ?? [],
      rows.find(row => row.id === each.id)?.notShown ?? [],
    )
    t.strictSame(missing, [], `${each.id}: all facts are shown or listed`)
    t.strictSame(stale, [], `${each.id}: what is listed is not shown`)
  }
  t.comment(`${recorded.flatMap(each => each.expected).length} facts of ${recorded.length} sources`)
})
