import { closest, didYouMean } from '../config/did-you-mean.ts'
import { traceKinds } from '../core/trace.ts'
import { parseUrl, urlProblem } from '../simulate/request-head.ts'
import { methodPattern } from '../simulate/scenario.ts'
import {
  answers,
  breakable,
  breakpointOn,
  CommandError,
  type StepCommand,
  type Word,
  wordings,
} from './command.ts'

/** What follows a word, and where it begins. */
interface Rest {
  readonly text: string
  readonly column: number
}

/**
 * Takes a line apart: one command, its operand everything that follows the word, so that names need no quotes. An empty
 * line and a comment, which begins with `#`, are undefined.
 *
 * @throws CommandError
 */
export const readCommand = (line: string): StepCommand | undefined => {
  const start = line.search(/\S/)
  if (start === -1 || line[start] === '#') return undefined
  const written: Rest = { text: line.trim(), column: start + 1 }
  const [word, rest] = firstWord(written)
  const found = wordings.find(each => each.word === word.text.toLowerCase())
  if (found === undefined) {
    const words = wordings.map(each => each.word)
    throw new CommandError(
      `unknown command ${quoted(word.text)}${didYouMean(word.text, words) || `; write one of ${words.join(', ')}`}`,
      word.column,
    )
  }
  return readers[found.word](rest)
}

const firstWord = ({ text, column }: Rest): readonly [Rest, Rest] => {
  const [, word = '', space = ''] = /^(\S*)(\s*)/.exec(text) ?? []
  const length = word.length + space.length
  return [
    { text: word, column },
    { text: text.slice(length), column: column + length },
  ]
}

const quoted = (text: string): string => JSON.stringify(text)

/** How a command is written. */
export const usageOf = (word: Word): string => {
  const operands = wordings.find(each => each.word === word)?.operands ?? ''
  return operands === '' ? word : `${word} ${operands}`
}

const nothing =
  (word: 'network' | 'end' | 'show' | 'trace' | 'help' | 'quit') =>
  (rest: Rest): StepCommand => {
    if (rest.text === '') return { do: word }
    throw new CommandError(
      `${word} takes nothing; found ${quoted(rest.text)}; write ${word}`,
      rest.column,
    )
  }

const needed = (word: Word, rest: Rest): string => {
  if (rest.text !== '') return rest.text
  throw new CommandError(`${word} says too little; write ${usageOf(word)}`, rest.column)
}

/** Nobody steps over more, and a slip of the finger must not take forever. */
const mostSteps = 100_000

const count = (word: Word, rest: Rest): number | undefined => {
  if (!/^\d{1,6}$/.test(rest.text)) return undefined
  const number = Number(rest.text)
  if (number >= 1 && number <= mostSteps) return number
  throw new CommandError(
    `${word} ${rest.text} is out of range; write a number from 1 to ${mostSteps}`,
    rest.column,
  )
}

const readNext = (rest: Rest): StepCommand => {
  const times = rest.text === '' ? 1 : count('next', rest)
  if (times !== undefined) return { do: 'next', times }
  throw new CommandError(
    `${quoted(rest.text)} is not a number of steps; write ${usageOf('next')}`,
    rest.column,
  )
}

const readBack = (rest: Rest): StepCommand => {
  const to = rest.text.toLowerCase()
  if (to === '') return { do: 'back', to: 1 }
  if (to === 'network' || to === 'start') return { do: 'back', to }
  const steps = count('back', rest)
  if (steps !== undefined) return { do: 'back', to: steps }
  throw new CommandError(
    `${quoted(rest.text)} is no place to go back to; write ${usageOf('back')}`,
    rest.column,
  )
}

const readAnswer = (rest: Rest): StepCommand => {
  const how = needed('answer', rest).toLowerCase()
  const known = Object.hasOwn(answers, how) ? answers[how] : undefined
  if (known !== undefined) return { do: 'answer', answer: known.answer }
  if (/^[2-5]\d\d$/.test(how)) return { do: 'answer', answer: Number(how) }
  const names = Object.keys(answers)
  throw new CommandError(
    /^\d+$/.test(how)
      ? `${how} is not a status; write one from 200 to 599`
      : `${quoted(rest.text)} is no answer${didYouMean(how, names) || `; write a status or one of ${names.join(', ')}`}`,
    rest.column,
  )
}

/** Longer than any retry interval, and short enough to be counted in milliseconds. */
const mostSeconds = 1_000_000_000

const readWait = (rest: Rest): StepCommand => {
  const text = needed('wait', rest).replace(/\s*s$/, '')
  if (/^\d{1,10}(?:\.\d{1,3})?$/.test(text) && Number(text) <= mostSeconds) {
    return { do: 'wait', seconds: Number(text) }
  }
  throw new CommandError(
    `${quoted(rest.text)} is not a time; write wait SECONDS, such as wait 60 or wait 0.5`,
    rest.column,
  )
}

const url = (rest: Rest): string => {
  if (parseUrl(rest.text) === undefined) throw new CommandError(urlProblem(rest.text), rest.column)
  return rest.text
}

const edits = ['url', 'method', 'header', 'cookie', 'body'] as const

const readEdit = (rest: Rest): StepCommand => {
  const [what, value] = firstWord(rest)
  const part = edits.find(each => each === what.text.toLowerCase())
  if (part === undefined) {
    throw new CommandError(
      what.text === ''
        ? `edit says too little; write ${usageOf('edit')}`
        : `${quoted(what.text)} is no part of a request that can be edited${didYouMean(what.text, edits) || `; write ${usageOf('edit')}`}`,
      what.column,
    )
  }
  if (value.text === '') {
    throw new CommandError(`edit ${part} says too little; write ${usageOf('edit')}`, value.column)
  }
  return editors[part](value)
}

const editors: Readonly<Record<(typeof edits)[number], (value: Rest) => StepCommand>> = {
  url: value => ({ do: 'edit', edit: { url: url(value) } }),
  method: value => {
    if (new RegExp(methodPattern).test(value.text)) {
      return { do: 'edit', edit: { method: value.text } }
    }
    throw new CommandError(
      `${quoted(value.text)} is not a method; write one such as POST`,
      value.column,
    )
  },
  header: value => {
    const [, name, text] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*)$/.exec(value.text) ?? []
    if (name === undefined || text === undefined) {
      throw new CommandError(
        `${quoted(value.text)} is not a header field; write edit header NAME: VALUE`,
        value.column,
      )
    }
    if (name.toLowerCase() === 'cookie') {
      return { do: 'edit', edit: { cookie: text === '' ? null : text } }
    }
    return { do: 'edit-header', name: name.toLowerCase(), value: text === '' ? undefined : text }
  },
  cookie: value => ({
    do: 'edit',
    edit: { cookie: value.text.toLowerCase() === 'none' ? null : value.text },
  }),
  body: value => {
    if (/^\d{1,15}$/.test(value.text))
      return { do: 'edit', edit: { bodyBytes: Number(value.text) } }
    throw new CommandError(
      `${quoted(value.text)} is not a size; write edit body BYTES, 0 for no body`,
      value.column,
    )
  },
}

const readBreak =
  (word: 'break' | 'unbreak') =>
  (rest: Rest): StepCommand => {
    const [what, name] = firstWord(rest)
    const on = breakable.find(each => each === what.text.toLowerCase())
    if (word === 'unbreak' && what.text.toLowerCase() === 'all' && name.text === '') {
      return { do: 'unbreak-all' }
    }
    if (on === undefined) {
      throw new CommandError(
        what.text === ''
          ? `${word} says too little; write ${usageOf(word)}`
          : `${quoted(what.text)} cannot have a breakpoint${didYouMean(what.text, breakable)}; write ${usageOf(word)}`,
        what.column,
      )
    }
    if (name.text === '') {
      throw new CommandError(
        `${word} ${on} says too little; write ${word} ${on} ${on === 'kind' ? 'KIND' : 'NAME'}`,
        name.column,
      )
    }
    if (on !== 'kind') return { do: word, at: breakpointOn(on, name.text) }
    const kind = traceKinds.find(each => each === name.text.toLowerCase())
    if (kind !== undefined) return { do: word, at: breakpointOn(on, kind) }
    throw new CommandError(
      `${quoted(name.text)} is no kind of decision${closest(name.text, traceKinds) === undefined ? `; write one of ${traceKinds.join(', ')}` : didYouMean(name.text, traceKinds)}`,
      name.column,
    )
  }

const readers: Readonly<Record<Word, (rest: Rest) => StepCommand>> = {
  next: readNext,
  network: nothing('network'),
  end: nothing('end'),
  answer: readAnswer,
  back: readBack,
  wait: readWait,
  down: rest => ({ do: 'mark', server: needed('down', rest), health: 'down' }),
  up: rest => ({ do: 'mark', server: needed('up', rest), health: 'up' }),
  send: rest => ({ do: 'send', url: rest.text === '' ? undefined : url(rest) }),
  edit: readEdit,
  break: readBreak('break'),
  unbreak: readBreak('unbreak'),
  show: nothing('show'),
  trace: nothing('trace'),
  save: rest => ({ do: 'save', file: needed('save', rest), replace: false }),
  replace: rest => ({ do: 'save', file: needed('replace', rest), replace: true }),
  help: nothing('help'),
  quit: nothing('quit'),
}
