import { foldPath } from '../core/routing/target.ts'
import { compilePattern, fitsParts, type UriPattern } from '../core/routing/uri.ts'
import type { TraceRecord } from '../core/trace.ts'
import { addressList, isAddressOrNetwork } from './address-list.ts'
import type { ExchangeRecord } from './context.ts'
import { invalid, isObject, onlyKnown } from './option-error.ts'

/** Whether a request that is over is one of those to be followed. `records`: all its decisions, oldest first. */
export type TracePredicate = (record: ExchangeRecord, records: readonly TraceRecord[]) => boolean

/** What is known of a request when it is over. All that is given must hold. */
export interface TraceCondition {
  /** It was routed to this cluster. */
  readonly cluster?: string
  /** This server was asked, whether it answered or not. */
  readonly server?: string
  /** Its path fits this pattern, which is written and matched like the `Name` of a `Uri` (M9). */
  readonly uri?: string
  /** It comes from this address, or from one of this network such as `10.0.0.0/8`. */
  readonly clientAddress?: string
  /** What the client got: a status, or a class such as `5xx`; 0: nothing. */
  readonly status?: number | StatusClass
  /** Another server was asked than the one that was wanted first: by the session, or in an attempt before. */
  readonly failedOver?: boolean
}

export type StatusClass = '1xx' | '2xx' | '3xx' | '4xx' | '5xx'

/** One field: what may stand there, and what it asks; null for a value that may not. */
interface Field {
  readonly wanted: string
  compile(value: unknown): TracePredicate | null
}

const fields: { readonly [K in keyof Required<TraceCondition>]: Field } = {
  cluster: {
    wanted: 'the name of a cluster',
    compile: name => (isName(name) ? record => record.cluster === name : null),
  },
  server: {
    wanted: 'the name of a server',
    compile: name =>
      isName(name)
        ? (record, records) => record.server === name || serversAsked(records).has(name)
        : null,
  },
  uri: {
    wanted: 'a pattern such as "/shop/*"',
    compile: pattern => {
      if (!isName(pattern)) return null
      const compiled = compilePattern(pattern)
      return ({ url }) => fitsTarget(compiled, url)
    },
  },
  clientAddress: {
    wanted: 'an address such as "10.1.2.3" or a network such as "10.0.0.0/8"',
    compile: address => {
      if (!isAddressOrNetwork(address)) return null
      const listed = addressList([address])
      return record => listed(record.clientAddress)
    },
  },
  status: {
    wanted: 'a number from 100 to 599, 0, or a class such as "5xx"',
    compile: status => {
      if (typeof status === 'string' && /^[1-5]xx$/.test(status)) {
        return record => Math.floor(record.status / 100) === Number(status[0])
      }
      return isStatus(status) ? record => record.status === status : null
    },
  },
  failedOver: {
    wanted: 'true or false',
    compile: wanted =>
      typeof wanted === 'boolean'
        ? (record, records) => hasFailedOver(record, records) === wanted
        : null,
  },
}

/**
 * Makes the question of a condition.
 *
 * @throws PluginError `OPTION_INVALID`.
 */
export const compileCondition = (option: string, condition: unknown): TracePredicate => {
  const names = Object.keys(fields) as (keyof TraceCondition)[]
  if (!isObject(condition)) {
    throw invalid(option, condition, `a function, or an object with one of ${names.join(', ')}`)
  }
  onlyKnown(option, condition, names)
  const questions = names.flatMap(name => {
    const value = condition[name]
    if (value === undefined) return []
    const question = fields[name].compile(value)
    if (question === null) throw invalid(`${option}.${name}`, value, fields[name].wanted)
    return [question]
  })
  if (questions.length === 0) {
    throw invalid(option, condition, `at least one of ${names.join(', ')}; all: every: 1`)
  }
  return (record, records) => questions.every(question => question(record, records))
}

const isName = (value: unknown): value is string => typeof value === 'string' && value !== ''

const isStatus = (value: unknown): boolean =>
  Number.isInteger(value) && (value === 0 || ((value as number) >= 100 && (value as number) < 600))

const serversAsked = (records: readonly TraceRecord[]): ReadonlySet<string> =>
  new Set(records.flatMap(record => (record.kind === 'select' ? [record.server] : [])))

const hasFailedOver = ({ code }: ExchangeRecord, records: readonly TraceRecord[]): boolean => {
  const { size } = serversAsked(records)
  return size > 1 || (size === 1 && /^AFF>(?:DOWN|BUSY)>/.test(code))
}

const fitsTarget = (pattern: UriPattern, target: string): boolean => {
  const path = foldPath(target, 'forward')
  return typeof path === 'string' && fits(pattern, path)
}

const fits = (pattern: UriPattern, path: string): boolean => {
  const { kind, text } = pattern
  switch (kind) {
    case 'exact':
      return path === text
    case 'prefix':
      return path.startsWith(text) || (text.endsWith('/') && path === text.slice(0, -1))
    case 'suffix':
      return path.endsWith(text)
    case 'inner':
      return fitsParts(pattern.parts, path)
    case 'any':
      return true
  }
}
