import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { here } from './places.mjs'

/** What was published; tests of the bench keep theirs elsewhere. */
const folder =
  process.env.BENCH_RESULTS === undefined
    ? new URL('results/', here)
    : pathToFileURL(`${process.env.BENCH_RESULTS}/`)

/** Five digits are more than any measurement here is good for. */
const rounded = (_, value) =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value

/** Keeps a result as `results/NAME.json`. */
export const saveResult = (name, result) => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(result, rounded, 2)}\n`)
}

/** All results that are kept, in the order of their names. */
export const savedResults = () =>
  (existsSync(folder) ? readdirSync(folder) : [])
    .filter(name => name.endsWith('.json'))
    .sort()
    .map(name => ({ name, ...JSON.parse(readFileSync(new URL(name, folder), 'utf8')) }))
