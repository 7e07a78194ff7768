import { table } from '../table.mjs'
import { decisionSection, readingSection } from './decision-sections.mjs'
import { deadSection, edgeSection } from './edge-sections.mjs'
import { enduranceSection } from './endurance-section.mjs'

/**
 * The part of the README that tells the figures, of the results and nothing else. Looks (--quick) and comparisons with
 * another revision are left out.
 *
 * @param {readonly ({ name: string } & Record<string, any>)[]} all what has been saved, with the names of the files
 * @throws Error when two files tell the same thing
 */
export const benchBlock = all => {
  const results = all.filter(({ quick, compare }) => !quick && compare === undefined)
  if (results.length === 0) return ''
  const sections = [
    ...edgeSection(scenariosOf(results)),
    ...deadSection(scenariosOf(results)),
    ...decisionSection(the(results, 'decisions')),
    ...readingSection(the(results, 'reading')),
    ...enduranceSection(theOne(results, ({ part }) => part === 'endurance')),
    ...sourcesSection(results),
  ]
  return `${sections.join('\n\n')}\n`
}

const scenariosOf = results => {
  const found = results.flatMap(({ scenarios = [] }) => scenarios)
  const names = found.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) < i)
  if (twice !== undefined) {
    theOne(results, ({ scenarios }) => scenarios?.some(({ name }) => name === twice))
  }
  return found
}

const the = (results, key) => theOne(results, result => result[key] !== undefined)?.[key]

const theOne = (results, has) => {
  const [first, second] = results.filter(has)
  if (second !== undefined) {
    throw new Error(`results/${first.name} and results/${second.name} tell the same: remove one`)
  }
  return first
}

/** Where the figures come from. */
const sourcesSection = results => [
  table(
    ['measured', 'version', 'date', 'rounds', 'Node', 'machine', 'beside it'],
    results.map(result => [
      `[${result.name}](test/bench/results/${result.name})`,
      result.version,
      result.date,
      result.rounds,
      result.node,
      `${result.cores} cores of ${result.processor}, ${result.memoryGiB} GiB, ${result.platform}`,
      Object.entries(result.versions ?? {})
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
    ]),
  ),
]
