import { resolve } from 'node:path'
import { loadPluginConfig } from '../../src/config/load.ts'
import { createStepper } from '../../src/stepper/create-stepper.ts'
import type { SteppedRequest, Stepper } from '../../src/stepper/stepper.ts'
import type { Session } from '../../src/terminal/perform.ts'
import type { Size } from '../../src/terminal/screen.ts'
import type { Terminal, TerminalListener } from '../../src/terminal/terminal.ts'

/** Path of a sample configuration. */
export const sample = (name: string): string =>
  resolve(import.meta.dirname, '../../plugin-cfg', name)

/** A debugger in front of the request of figure 5-12, or of another one. */
export const stepperOn = async (
  file = 'figure-5-12.xml',
  request: Partial<SteppedRequest> = {},
): Promise<Stepper> => {
  const { config } = await loadPluginConfig(sample(file))
  return createStepper({
    config,
    request: {
      url: 'http://yourWebServer/snoop',
      method: 'GET',
      headers: {},
      cookie: 'JSESSIONID=0000A2MB4IJozU_VM8IffsMNfdR:v544d031',
      bodyBytes: 0,
      ...request,
    },
  })
}

/** The same as a session whose configuration has no file. */
export const sessionOn = async (
  file?: string,
  request: Partial<SteppedRequest> = {},
): Promise<Session> => ({
  stepper: await stepperOn(file, request),
  configFile: undefined,
  title: 'A test',
})

/** A terminal that somebody else presses the keys of. */
export interface FakeTerminal extends Terminal {
  /** Sends keys, then waits until they have been dealt with. */
  readonly type: (keys: string) => Promise<void>
  readonly resize: (size: Size) => Promise<void>
  /** Nothing more can be read. */
  readonly hangUp: () => void
  /** Everything that was written, in pieces. */
  readonly written: string[]
  /** The rows as they stand on the screen now. */
  readonly screen: () => readonly string[]
  readonly isOpen: () => boolean
  readonly suspended: () => number
}

/** Everything that has been put in a queue is taken from it in these turns of the event loop. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setImmediate(resolve))
}

export const fakeTerminal = (
  start: Size = { columns: 100, rows: 30 },
  { colours = false } = {},
): FakeTerminal => {
  let size = start
  let listener: TerminalListener | undefined
  let suspended = 0
  const written: string[] = []
  return {
    colours,
    size: () => size,
    write: text => {
      written.push(text)
    },
    open: given => {
      listener = given
    },
    close: () => {
      listener = undefined
    },
    suspend: () => {
      suspended++
    },
    type: async keys => {
      listener?.input(keys)
      await settle()
    },
    resize: async next => {
      size = next
      listener?.redraw()
      await settle()
    },
    hangUp: () => listener?.ended(),
    written,
    screen: () => screenAfter(written.join(''), size),
    isOpen: () => listener !== undefined,
    suspended: () => suspended,
  }
}

const esc = '\u001b'

/**
 * What a terminal shows after this output: as much of a terminal as the debugger uses. Anything else, such as a line
 * feed or a sequence that is not known here, is an error.
 */
export const screenAfter = (output: string, { columns, rows }: Size): readonly string[] => {
  const cells = Array.from({ length: rows }, () => Array.from({ length: columns }, () => ' '))
  let row = 0
  let column = 0
  const sequence = new RegExp(`${esc}\\[(\\??)([\\d;]*)([A-Za-z])|([\\s\\S])`, 'gu')
  for (const [, mark = '', numbers = '', final, character = ''] of output.matchAll(sequence)) {
    if (final === undefined) {
      if (/\p{Cc}/u.test(character)) throw new Error(`unexpected ${JSON.stringify(character)}`)
      if (column >= columns) throw new Error(`row ${row} is too long`)
      const line = cells[row]
      if (line === undefined) throw new Error(`there is no row ${row}`)
      line[column++] = character
      continue
    }
    if (mark === '?' || final === 'm') continue
    if (final === 'H') {
      const [to = 1, across = 1] = numbers.split(';').map(Number)
      row = to - 1
      column = across - 1
    } else if (final === 'K') cells[row]?.fill(' ', column)
    else if (final === 'J') {
      const from = numbers === '2' ? 0 : row
      for (const line of cells.slice(from)) line.fill(' ')
    } else throw new Error(`unexpected sequence ${final}`)
  }
  return cells.map(line => line.join('').trimEnd())
}
