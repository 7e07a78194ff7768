// npm run test:soak -- [--minutes N] [--seed N] | --gigabytes N | --reloads N
import { spawn } from 'node:child_process'
import { parseArgs } from 'node:util'

const usage =
  'usage: npm run test:soak -- [--minutes N] [--seed N], or --gigabytes N, or --reloads N; default --minutes 30'

const fail = message => {
  console.error(`${message}\n${usage}`)
  process.exit(2)
}

const text = { type: 'string' }
const options = { minutes: text, seed: text, gigabytes: text, reloads: text }
let values = {}
try {
  values = parseArgs({ options }).values
} catch (error) {
  fail(error.message)
}

const numberOf = name => {
  const number = Number(values[name])
  if (values[name].trim() === '' || !(number >= 0)) {
    fail(`--${name} is ${JSON.stringify(values[name])}; write a number such as 30`)
  }
  return number
}

/** What to run, the variable that says how much of it, and the seconds that it may take. */
const [file, variable, amount, seconds] =
  values.gigabytes !== undefined
    ? ['large-bodies', 'SOAK_GIGABYTES', numberOf('gigabytes'), 60 + 60 * numberOf('gigabytes')]
    : values.reloads !== undefined
      ? ['reloads', 'SOAK_RELOADS', numberOf('reloads'), 60 + numberOf('reloads')]
      : minutesOf(values.minutes === undefined ? 30 : numberOf('minutes'))

function minutesOf(minutes) {
  return ['soak', 'SOAK_MINUTES', minutes, 120 + 60 * minutes]
}

const seed = values.seed === undefined ? [] : [`--test-env=SOAK_SEED=${numberOf('seed')}`]
const tap = spawn(
  'tap',
  [
    `--test-env=${variable}=${amount}`,
    ...seed,
    `--timeout=${Math.ceil(seconds)}`,
    `test/soak/${file}.test.ts`,
  ],
  { stdio: 'inherit' },
)
tap.on('exit', status => {
  process.exitCode = status ?? 1
})
