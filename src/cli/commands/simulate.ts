import { counted } from '../../debug/counted.ts'
import { printable } from '../../debug/printable.ts'
import { decodeScenario, loadScenario } from '../../simulate/read-scenario.ts'
import { renderReport } from '../../simulate/report.ts'
import { defaultSeed, simulate as run } from '../../simulate/simulate.ts'
import type { Problem } from '../../simulate/validate.ts'
import { wholeNumber } from '../arguments.ts'
import type { Command } from '../command.ts'
import { expectOperands, nameOf, readStdin } from '../input.ts'
import { exit, type Io } from '../io.ts'

/** `plugin-cfg simulate`: a scenario against its expectations. */
export const simulate: Command = {
  name: 'simulate',
  summary: 'requests and failures on a virtual clock, against expectations',
  usage: 'simulate SCENARIO [--json] [--seed N] [--trace]',
  description:
    'Runs a scenario file: requests, what the servers do, waits and reloads, on a clock that moves only\n' +
    'when the scenario says so. Prints what happened and every expectation that did not hold. The format\n' +
    'is described in plugin-cfg/README.md and plugin-cfg/scenario.schema.json. SCENARIO may be - for\n' +
    'standard input; paths in it are then relative to the current directory.',
  options: {
    json: { help: 'print the report as one JSON object' },
    seed: {
      value: 'N',
      help: `seed in place of that of the scenario; its default is ${defaultSeed}`,
    },
    trace: { help: 'print the decisions of every request as well' },
  },
  examples: ['plugin-cfg simulate plugin-cfg/scenarios/figure-5-12.json'],
  status: '0 every expectation holds, 1 one does not or the scenario cannot be read, 2 wrong usage',
  run: async (args, io) => {
    const [operand = ''] = expectOperands(args.operands, ['SCENARIO'], simulate.usage)
    const seed = args.value('seed')
    const chosen = seed === undefined ? undefined : wholeNumber('--seed', seed, 0, 0xffff_ffff)
    const file = nameOf(operand)
    const text = operand === '-' ? decodeScenario(file, await readStdin(io)) : undefined
    const loaded = await loadScenario(file, text)
    if ('problems' in loaded) {
      tell(file, loaded.problems, io)
      return exit.bad
    }
    const report = run(loaded.scenario, loaded.configs, chosen)
    if (args.has('json')) io.out(`${JSON.stringify(report, null, 2)}\n`)
    else {
      const layout = { file, json: loaded.json, trace: args.has('trace'), columns: io.columns }
      io.out(`${renderReport(report, layout)}\n`)
    }
    return report.passed ? exit.ok : exit.bad
  },
}

/** Nobody reads more of them before mending some. */
const mostProblems = 50

const tell = (file: string, problems: readonly Problem[], io: Io): void => {
  for (const { line, column, path, message } of problems.slice(0, mostProblems)) {
    io.err(`${printable(`${file}:${line}:${column} ${path}: ${message}`)}\n`)
  }
  const more = problems.length - mostProblems
  if (more > 0) io.err(`${file} has ${counted(more, 'more problem')}\n`)
}
