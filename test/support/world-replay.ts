import { mkdirSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { configSources, readInline, readScenario } from '../../src/simulate/read-scenario.ts'
import type { Scenario } from '../../src/simulate/scenario.ts'
import { type ScenarioReport, simulate } from '../../src/simulate/simulate.ts'

/** A value as JSON text: what fits on a line of 100 columns stands on one. */
export const layOut = (value: unknown, indent = ''): string => {
  const line = JSON.stringify(value)
  if (indent.length + line.length <= 100 || typeof value !== 'object' || value === null) return line
  const deeper = `${indent}  `
  const [open, close, parts] = Array.isArray(value)
    ? ['[', ']', value.map(each => layOut(each, deeper))]
    : [
        '{',
        '}',
        membersOf(value).map(([key, each]) => `${JSON.stringify(key)}: ${layOut(each, deeper)}`),
      ]
  return `${open}\n${parts.map(part => deeper + part).join(',\n')}\n${indent}${close}`
}

const membersOf = (value: object): readonly (readonly [string, unknown])[] =>
  Object.entries(value).filter(([, each]) => each !== undefined)

/** Runs the text of a scenario as `plugin-cfg simulate` does. @throws Error when it is none. */
export const replay = (text: string): ScenarioReport => {
  const read = readScenario(text)
  if ('problems' in read) throw new Error(JSON.stringify(read.problems))
  const { scenario } = read
  const configs = configSources(scenario).map(([source]) => {
    if (typeof source === 'string') throw new Error(`${source} is a file`)
    return [source, readInline(source)] as const
  })
  return simulate(scenario, new Map(configs))
}

/** Index of the first step that is not as expected; -1: all are. */
export const firstBroken = ({ steps }: ScenarioReport): number =>
  steps.find(({ mismatches, blocked }) => mismatches.length > 0 || blocked !== undefined)?.index ??
  -1

/** Where failures are written to; git ignores it. */
const folder = resolve(import.meta.dirname, '../../.tap/worlds')

/** Writes a scenario to a file of this name. @returns its path from the root of the repository. */
export const save = (name: string, scenario: Scenario): string => {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${name}.json`)
  writeFileSync(file, `${layOut(scenario)}\n`)
  return relative(resolve(folder, '../..'), file)
}
