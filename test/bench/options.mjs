import { parseArgs } from 'node:util'
import { installed } from './processes.mjs'

/**
 * @typedef {{
 *   part: 'decision' | 'edge' | 'endurance' | 'readme', rounds: number, restart: number, seconds: number,
 *   warmUpSeconds: number, warmUpRounds: number, batches: number, connections: number, only?: string[],
 *   scenarios?: string[], compare?: string, at?: string, save?: string, pin: boolean, quick: boolean,
 *   megabytes: number[], minutes: number,
 * }} Options
 */

export const usage = `Usage: npm run bench -- PART [options]

  decision   what one decision, one trace call and one reading of the file cost
  edge       what one request costs at our edge and at others
  endurance  whether our edge stays as it is under full load for a long time
  readme     writes the figures of the results into the README

  --quick           few short rounds: for a look, not for publishing
  --rounds N        how often everything is measured
  --restart N       begin anew with fresh processes after so many rounds (edge)
  --batches N       batches of 512 decisions in each round (decision)
  --seconds N       load in each round (edge)
  --minutes N       how long (endurance)
  --only A,B        only contenders (edge) or configurations (decision) whose name contains one of these
  --scenarios A,B   only these loads (edge) or parts: decisions, trace-cost, reading (decision)
  --megabytes A,B   sizes of the files that are read (decision)
  --compare REV     our edge, or our decision, against that of another revision
  --at REV          ours as it was in a revision, instead of the working copy
  --save NAME       write test/bench/results/NAME.json
  --no-pin          do not keep the proxy and its surroundings on cores of their own
`

const parts = ['decision', 'edge', 'endurance', 'readme']

/**
 * @param {readonly string[]} args
 * @returns {Options}
 * @throws Error that says what to write instead
 */
export const readOptions = args => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    allowNegative: true,
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      restart: { type: 'string' },
      seconds: { type: 'string' },
      batches: { type: 'string' },
      megabytes: { type: 'string' },
      minutes: { type: 'string' },
      only: { type: 'string' },
      scenarios: { type: 'string' },
      compare: { type: 'string' },
      at: { type: 'string' },
      save: { type: 'string' },
      pin: { type: 'boolean', default: true },
    },
  })
  const [part, ...others] = positionals
  if (!parts.includes(part) || others.length > 0) {
    throw new Error(`"${positionals.join(' ')}" is no part of the benchmark\n\n${usage}`)
  }
  if (values.save !== undefined && !/^[\w.-]+$/.test(values.save)) {
    throw new Error(`--save ${values.save}: write a name without folders, such as edge`)
  }
  const { quick } = values
  const number = (name, usual, fast) => positive(name, values[name], quick ? fast : usual)
  return {
    part,
    quick,
    rounds: number('rounds', part === 'edge' ? 12 : 7, 2),
    restart: number('restart', 4, 2),
    // Many short rounds: a machine with neighbours becomes twice as fast, or half, from one minute to the next.
    seconds: number('seconds', 1, 1),
    // V8 goes on compiling for about as long, on other threads, and that would count as the cost of requests.
    warmUpSeconds: quick ? number('seconds', 2, 1) : 6,
    warmUpRounds: quick ? 1 : 2,
    batches: number('batches', 200, 60),
    connections: 64,
    minutes: number('minutes', 30, 0.5),
    megabytes: (list(values.megabytes) ?? (quick ? ['1'] : ['1', '10', '50'])).map(size =>
      positive('megabytes', size, 1),
    ),
    only: list(values.only),
    scenarios: list(values.scenarios),
    compare: values.compare,
    at: values.at,
    save: values.save,
    pin: values.pin && process.platform === 'linux' && installed('taskset'),
  }
}

const list = text => text?.split(',').filter(part => part !== '')

const positive = (name, text, usual) => {
  const value = text === undefined ? usual : Number(text)
  if (!(value > 0)) throw new Error(`--${name} ${text}: write a number above 0`)
  return value
}
