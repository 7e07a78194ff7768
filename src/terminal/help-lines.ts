import { traceKinds } from '../core/trace.ts'
import { answers, wordings } from './command.ts'
import type { Line } from './line.ts'
import { fold } from './text-width.ts'

/** Commands, answers and kinds, for the script and for the line behind `:`. */
export const commandHelp = (columns: number): readonly Line[] => [
  ...wordings.flatMap(({ word, operands, help }) =>
    entry(operands === '' ? word : `${word} ${operands}`, help, 22, columns),
  ),
  ['# begins a comment'],
  [],
  ['answers:'],
  ...Object.entries(answers).flatMap(([word, { help }]) => entry(`  ${word}`, help, 22, columns)),
  ...entry('  200 to 599', 'the server answers with this status', 22, columns),
  [],
  ...fold(`kinds of decisions: ${traceKinds.join(', ')}`, columns).map((text): Line => [text]),
]

/** A heading and what it means; a long heading has a line for itself. */
const entry = (heading: string, help: string, width: number, columns: number): readonly Line[] => {
  const texts = fold(help, Math.max(1, columns - width - 2)).map(
    (text): Line => [' '.repeat(width + 2), text],
  )
  if (heading.length > width) return [[{ text: heading, style: 'key' }], ...texts]
  const [first = [], ...rest] = texts
  return [[{ text: `${heading.padEnd(width)}  `, style: 'key' }, ...first.slice(1)], ...rest]
}

/** What each key does, for the screen. */
export const keyHelp = (columns: number): readonly Line[] => [
  ...keyTexts.flatMap(([keys, help]) => entry(keys, help, 16, columns)),
  [],
  ['Behind the colon, all of these are words as well:'],
  [],
  ...commandHelp(columns),
]

const keyTexts: readonly (readonly [string, string])[] = [
  ['n, space, →', 'next: step over one decision; the network does what is proposed'],
  ['r', 'run to the next action of the network, or a breakpoint'],
  ['e', 'run to the end of the request, or a breakpoint'],
  ['a', 'answer: choose what the network does'],
  ['b, ←', 'back one step, exactly'],
  ['B', 'back to before the last action of the network'],
  ['0, Home', 'back to the start of the request'],
  ['t', 'time: let seconds pass'],
  ['d, u', 'mark a server down, up'],
  ['s, S', 'send the next request of the same user; S: with another URL'],
  ['x', 'edit the request: URL, method, header, cookie, body'],
  ['p', 'breakpoints on a server, a kind of decision or a cluster'],
  ['w', 'write everything as a scenario for plugin-cfg simulate'],
  ['↑ ↓ PgUp PgDn', 'scroll the decisions so far; End: to the newest'],
  [':', 'a command as words'],
  ['?', 'this help'],
  ['q, Ctrl-C', 'quit'],
  ['Ctrl-L, Ctrl-Z', 'draw the screen anew; suspend'],
]
