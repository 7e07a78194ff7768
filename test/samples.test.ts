import { readdir, readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import t from 'tap'
import { loadPluginConfig } from '../src/config/load.ts'
import { failureRow, noTransportRow } from '../src/core/failures.ts'
import { createRouter } from '../src/core/router.ts'
import type { FailureCause } from '../src/core/step.ts'
import { configSources, loadScenario } from '../src/simulate/read-scenario.ts'
import { renderReport } from '../src/simulate/report.ts'
import { simulate } from '../src/simulate/simulate.ts'

const folder = resolve(import.meta.dirname, '../plugin-cfg')

/** Every diagnostic of every sample: code, line and column. */
const expected: Readonly<Record<string, readonly string[]>> = {
  'backups.xml': [
    // It keeps POST bodies to send them again, limits pending requests, and has backups that idle: as it says.
    '13:56 warning L28',
    '15:13 warning L30',
    '19:13 warning L30',
    '33:5 warning L64',
  ],
  'cluster-address.xml': ['13:52 warning L28'],
  'figure-5-12.xml': [
    '23:18 warning L28',
    // *:443 is there, but no https transport; weights 2 and 2 collapse to 1 and 1.
    '24:13 warning L34',
    '24:53 note L31',
    '28:13 warning L34',
  ],
  'liberty-pair.xml': [],
  'timeouts.xml': [
    '14:52 warning L28',
    '15:5 note L31',
    '25:51 warning L28',
    '26:5 note L31',
    // A negative ServerIOTimeout in a cluster of two, which is what it shows.
    '26:66 warning L27',
    '29:66 warning L27',
    '37:5 note L31',
  ],
  // Both are there to be seen: what is read but not active yet says so.
  'tls.xml': [],
  // Its only port is 8443, on purpose.
  'trusted-proxy.xml': ['11:21 warning L14'],
  'virtual-hosts.xml': [],
  'weights.xml': [],
}

const xmlFiles = (await readdir(folder)).filter(name => name.endsWith('.xml'))
const scenarios = (await readdir(join(folder, 'scenarios'))).filter(name => name.endsWith('.json'))

t.test('there is a sample for each idea', async t => {
  t.strictSame(xmlFiles.sort(), Object.keys(expected).sort())
})

for (const name of xmlFiles) {
  t.test(`${name} gives exactly the diagnostics written down for it`, async t => {
    const { config, diagnostics } = await loadPluginConfig(join(folder, name))
    const found = diagnostics.map(
      ({ code, line, column, severity }) => `${line}:${column} ${severity} ${code}`,
    )
    t.strictSame(found, expected[name])
    t.doesNotThrow(() => createRouter(config))
  })
}

const used = new Set<string>()

for (const name of scenarios) {
  t.test(`the scenario ${name} holds`, async t => {
    const file = join(folder, 'scenarios', name)
    const loaded = await loadScenario(file)
    if ('problems' in loaded) {
      t.fail(`${name} cannot be run`, { problems: loaded.problems })
      return
    }
    const report = simulate(loaded.scenario, loaded.configs)
    const text = renderReport(report, { file: name, json: loaded.json, trace: false })
    t.ok(report.passed, text)
    for (const [source] of configSources(loaded.scenario)) {
      if (typeof source === 'string') used.add(basename(source))
    }
  })
}

t.test('every sample is used by a scenario', async t => {
  t.strictSame([...used].sort(), xmlFiles.sort())
})

t.test('the README of the samples names every sample and every scenario', async t => {
  const readme = await readFile(join(folder, 'README.md'), 'utf8')
  for (const name of xmlFiles) t.ok(readme.includes(`(${name})`), name)
  for (const name of scenarios) t.ok(readme.includes(`(scenarios/${name})`), name)
})

t.test('the README of the samples explains every rule number that a trace can show', async t => {
  const readme = await readFile(join(folder, 'README.md'), 'utf8')
  const causes: Readonly<Record<FailureCause, true>> = {
    refused: true,
    unreachable: true,
    'connect-timeout': true,
    'connect-failed': true,
    tls: true,
    handshake: true,
    reset: true,
    'read-timeout': true,
    malformed: true,
  }
  // A 503 and a broken answer are no failed attempts, and so have no row in the table of the core.
  const rules = new Set([noTransportRow.row, 'F11', 'F14'])
  for (const cause of Object.keys(causes) as FailureCause[]) {
    for (const stream of ['new', 'pooled'] as const) {
      for (const bySign of [true, false]) rules.add(failureRow(cause, stream, bySign, false).row)
    }
  }
  const explained = [...readme.matchAll(/^\| (F\d+) /gm)].map(match => match[1])
  t.strictSame(explained.toSorted(), [...rules].sort())
})
