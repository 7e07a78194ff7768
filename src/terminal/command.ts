import type { TraceKind } from '../core/trace.ts'
import type { Breakpoint, NetworkChoice, RequestEdit } from '../stepper/stepper.ts'

/**
 * One thing to do in the step debugger. Keys and scripts both say it as a line of text; `readCommand` takes the text
 * apart and `perform` does it. Names in it have not been looked up.
 */
export type StepCommand =
  | { readonly do: 'next'; readonly times: number }
  | { readonly do: 'network' | 'end' | 'show' | 'trace' | 'help' | 'quit' }
  | { readonly do: 'answer'; readonly answer: NetworkChoice }
  | { readonly do: 'back'; readonly to: number | 'network' | 'start' }
  | { readonly do: 'wait'; readonly seconds: number }
  | { readonly do: 'mark'; readonly server: string; readonly health: 'up' | 'down' }
  | { readonly do: 'send'; readonly url: string | undefined }
  | { readonly do: 'edit'; readonly edit: RequestEdit }
  /** An undefined value takes the field away. */
  | { readonly do: 'edit-header'; readonly name: string; readonly value: string | undefined }
  | { readonly do: 'break' | 'unbreak'; readonly at: Breakpoint }
  | { readonly do: 'unbreak-all' }
  | { readonly do: 'save'; readonly file: string; readonly replace: boolean }

/** A command that cannot be read or carried out. The message says what was found and what to write instead. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  /** Where in the line the reason is, from 1. */
  readonly column: number

  constructor(message: string, column = 1) {
    super(message)
    this.column = column
  }
}

/** One line of the list of commands. */
export interface Wording {
  readonly word: string
  /** What follows the word. */
  readonly operands: string
  readonly help: string
}

/** Every command, in the order of the help. */
export const wordings = [
  { word: 'next', operands: '[N]', help: 'step over the next decision, or over N' },
  { word: 'network', operands: '', help: 'run to the next action of the network' },
  { word: 'end', operands: '', help: 'run to the end of the request' },
  { word: 'answer', operands: 'HOW', help: 'what the network does now: a word below, or a status' },
  {
    word: 'back',
    operands: '[N | network | start]',
    help: 'back one step, N steps, to before the last action of the network, or to the start',
  },
  { word: 'wait', operands: 'SECONDS', help: 'let time pass' },
  { word: 'down', operands: 'SERVER', help: 'mark a server down by hand' },
  { word: 'up', operands: 'SERVER', help: 'mark a server up by hand' },
  { word: 'send', operands: '[URL]', help: 'the user sends another request, with his cookies' },
  {
    word: 'edit',
    operands:
      'url URL | method METHOD | header NAME: VALUE | cookie TEXT | cookie none | body BYTES',
    help: 'another request in place of this one; a header without a value is taken away',
  },
  {
    word: 'break',
    operands: 'server NAME | kind KIND | cluster NAME',
    help: 'stop at decisions about a server or cluster, or of one kind',
  },
  {
    word: 'unbreak',
    operands: 'server NAME | kind KIND | cluster NAME | all',
    help: 'take a breakpoint away',
  },
  { word: 'show', operands: '', help: 'the request, what comes next, and the servers' },
  { word: 'trace', operands: '', help: 'the decisions so far' },
  { word: 'save', operands: 'FILE', help: 'all of it as a scenario for plugin-cfg simulate' },
  { word: 'replace', operands: 'FILE', help: 'the same, over a file that exists' },
  { word: 'help', operands: '', help: 'this list' },
  { word: 'quit', operands: '', help: 'leave' },
] as const satisfies readonly Wording[]

export type Word = (typeof wordings)[number]['word']

/** What the network, or the client, can be told to do, beside a status. */
export const answers: Readonly<
  Record<string, { readonly answer: NetworkChoice; readonly help: string }>
> = {
  ok: { answer: 'ok', help: 'all is well, status 200' },
  refused: { answer: 'refused', help: 'connection refused' },
  'connect-timeout': { answer: 'connect-timeout', help: 'no connection within ConnectTimeout' },
  'connect-failed': { answer: 'connect-failed', help: 'the operating system gives up connecting' },
  unreachable: { answer: 'unreachable', help: 'no way to the host' },
  tls: { answer: 'tls', help: 'the TLS handshake fails' },
  handshake: { answer: 'handshake', help: 'no answer to the extended handshake' },
  'reset-pooled': {
    answer: 'reset-pooled',
    help: 'an idle stream of the pool turns out to be stale',
  },
  'reset-before-sending': {
    answer: 'reset-before-sending',
    help: 'the connection breaks before any of the body was sent',
  },
  reset: { answer: 'reset', help: 'the connection breaks after the request was sent' },
  'read-timeout': { answer: 'read-timeout', help: 'no answer within ServerIOTimeout' },
  malformed: { answer: 'malformed', help: 'the answer is not HTTP' },
  'broken-answer': { answer: 'broken-answer', help: 'the answer breaks off' },
  gone: { answer: 'client-aborted', help: 'the client goes away' },
}

/** Kinds of things that can have a breakpoint. */
export const breakable = [
  'server',
  'kind',
  'cluster',
] as const satisfies readonly Breakpoint['on'][]

/** A breakpoint as it is written. */
export const breakpointText = (at: Breakpoint): string =>
  `${at.on} ${at.on === 'kind' ? at.kind : at.name}`

/** @internal For `readCommand`; the name of a kind has been checked. */
export const breakpointOn = (on: Breakpoint['on'], name: string): Breakpoint =>
  on === 'kind' ? { on, kind: name as TraceKind } : { on, name }
