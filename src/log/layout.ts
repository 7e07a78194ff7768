import { type LineLevel, levelWords } from './levels.ts'

/**
 * Era of the line layout (routing.md 10.1).
 *
 *   classic  5.x to 8.0: `[Www Mmm DD HH:MM:SS YYYY] PPPPPPPP TTTTTTTT - LEVEL: text`
 *   precise  later: `[DD/Mmm/YYYY:HH:MM:SS.fffff] PPPPPPPP TTTTTTTT - LEVEL: text`
 *   ibm-i    IBM i: a job between the time and the numbers, which are decimal there
 */
export type LogLayout = 'precise' | 'classic' | 'ibm-i'

export const logLayouts = ['precise', 'classic', 'ibm-i'] as const satisfies readonly LogLayout[]

/**
 * A line, with its end.
 *
 * @param now milliseconds since 1970; shown in local time, as the plug-in does
 * @param thread what stands for the thread: the number of the exchange, so that the lines of one request can be found by
 * pid and tid as in the plug-in's log, 0 for what belongs to no request
 */
export type Layout = (now: number, thread: number, level: LineLevel, text: string) => string

/** The layout of an era for one process. */
export const layoutOf = (era: LogLayout, pid: number): Layout => {
  const stamp = stampOf(era)
  if (era === 'ibm-i') {
    const job = `${String(pid % 1_000_000).padStart(6, '0')}/QTMHHTTP/NODE`
    return (now, thread, level, text) =>
      `[${stamp(now)}] ${job} ${pid} ${thread} - ${levelWords[level]}: ${text}\n`
  }
  const process = hex(pid)
  return (now, thread, level, text) =>
    `[${stamp(now)}] ${process} ${hex(thread)} - ${levelWords[level]}: ${text}\n`
}

const hex = (number: number): string => (number >>> 0).toString(16).padStart(8, '0')

/** The seconds are written out once for all lines of a second. */
const stampOf = (era: LogLayout): ((now: number) => string) => {
  const write = era === 'classic' ? classicSecond : preciseSecond
  let second = Number.NaN
  let text = ''
  return now => {
    const current = Math.floor(now / 1000)
    if (current !== second) {
      second = current
      text = write(new Date(current * 1000))
    }
    if (era === 'classic') return text
    const fraction = Math.floor((now - current * 1000) * 100)
    return `${text}.${String(fraction).padStart(5, '0')}`
  }
}

const classicSecond = (date: Date): string =>
  `${days[date.getDay()]} ${months[date.getMonth()]} ${two(date.getDate())} ${timeOf(date)} ${date.getFullYear()}`

const preciseSecond = (date: Date): string =>
  `${two(date.getDate())}/${months[date.getMonth()]}/${date.getFullYear()}:${timeOf(date)}`

const timeOf = (date: Date): string =>
  [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')

const two = (number: number): string => String(number).padStart(2, '0')

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
