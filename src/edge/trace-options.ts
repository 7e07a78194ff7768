import { kindOf } from '../driver/field-kinds.ts'
import { type AddressList, addressList, isAddressOrNetwork } from './address-list.ts'
import { invalid, isObject, onlyKnown } from './option-error.ts'
import { compileCondition, type TraceCondition, type TracePredicate } from './trace-condition.ts'

/**
 * Which requests are followed: those that any of the fields selects. Their decision records go to the listeners of
 * `trace` and to the diagnostics channel, and to `edge.recordings()` where those are kept.
 */
export interface TraceOptions {
  /** One request in so many, the first included; 1: all. Default: none by number. */
  readonly every?: number
  /**
   * Requests of which this holds when they are over. Their records are held until then and handed out together: the
   * first 9,999 of a request, and its last. Default: none by condition.
   */
  readonly when?: TraceCondition | TracePredicate
  /** Requests that ask for it. Default: none. */
  readonly header?: TraceHeaderOptions
}

/**
 * Following by request header. A request with that field, whatever its value, is followed when it comes from one of the
 * addresses; it has no effect from others, and never reaches a server. The answer to a request that may ask says how it
 * was decided: `AFF>DOWN>RR; server=member2; cluster=c1; exchange=17`.
 */
export interface TraceHeaderOptions {
  /** Default `X-Plugin-Trace`. */
  readonly name?: string
  /**
   * Addresses, and networks such as `10.0.0.0/8`, of the connections that may ask; whatever a header says about another
   * client does not count. Default: this machine, `127.0.0.0/8` and `::1`. Behind a proxy on the same machine those are
   * all clients of that proxy.
   */
  readonly from?: readonly string[]
  /** Default `X-Plugin-Decision`. */
  readonly response?: string
}

/** Trace options at work. */
export class TraceSelection {
  /** What was given; null: no request is followed. */
  readonly options: TraceOptions | null
  readonly when: TracePredicate | null
  /** Name of the field in which an answer says how it was decided. */
  readonly response: string
  readonly #every: number
  readonly #field: string | null
  readonly #mayAsk: AddressList
  #count = 0

  /** @throws PluginError `OPTION_INVALID`. */
  constructor(options: TraceOptions | null) {
    const { every, when, header } = checked(options)
    this.options = options
    this.#every = every ?? 0
    this.when =
      typeof when === 'function' || when === undefined
        ? (when ?? null)
        : compileCondition('trace.when', when)
    const {
      name = 'X-Plugin-Trace',
      from = loopback,
      response = 'X-Plugin-Decision',
    } = header ?? {}
    this.#field = header === undefined ? null : name.toLowerCase()
    this.#mayAsk = addressList(from)
    this.response = response
  }

  /** Whether the next request is one of one in N. */
  samples(): boolean {
    if (this.#every <= 1) return this.#every === 1
    this.#count = (this.#count + 1) % this.#every
    return this.#count === 1
  }

  /**
   * Whether a request asks to be followed and may.
   *
   * @param fields the list that goes on to servers, out of which the asking field is taken.
   */
  asks(fields: string[], address: string | undefined): boolean {
    return this.#field !== null && takeField(fields, this.#field) && this.#mayAsk(address)
  }
}

const loopback = ['127.0.0.0/8', '::1']

const checked = (options: TraceOptions | null): TraceOptions => {
  if (options === null) return {}
  if (!isObject(options)) throw invalid('trace', options, 'an object, or null to follow no request')
  onlyKnown('trace', options, ['every', 'when', 'header'])
  const { every, header } = options
  if (every !== undefined && !isCount(every)) {
    throw invalid('trace.every', every, 'a whole number from 1; 1 follows all requests')
  }
  if (header !== undefined) checkHeader(header)
  return options
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 1

const checkHeader = (header: unknown): void => {
  if (!isObject(header)) throw invalid('trace.header', header, 'an object; {} has all defaults')
  onlyKnown('trace.header', header, ['name', 'from', 'response'])
  for (const option of ['name', 'response']) {
    const name = header[option]
    if (name !== undefined && !isFieldOfOurs(name)) {
      throw invalid(`trace.header.${option}`, name, 'the name of a field that has no other meaning')
    }
  }
  const { from } = header
  if (from === undefined) return
  if (!Array.isArray(from)) throw invalid('trace.header.from', from, 'a list of addresses')
  for (const [index, entry] of from.entries()) {
    if (isAddressOrNetwork(entry)) continue
    const wanted = 'an address such as "10.1.2.3" or a network such as "10.0.0.0/8"'
    throw invalid(`trace.header.from[${index}]`, entry, wanted)
  }
}

/** A token (RFC 9110 5.6.2) that neither the plug-in nor the framing of messages relies on. */
const isFieldOfOurs = (name: unknown): boolean =>
  typeof name === 'string' &&
  /^[\w!#$%&'*+.^`|~-]+$/.test(name) &&
  kindOf(name) === 'end-to-end' &&
  !/^(?:content-|set-cookie$)/i.test(name)

/** Takes every field of this name out of a list. */
const takeField = (fields: string[], lower: string): boolean => {
  let found = false
  for (let i = fields.length - 2; i >= 0; i -= 2) {
    const name = fields[i] as string
    if (name.length !== lower.length || name.toLowerCase() !== lower) continue
    fields.splice(i, 2)
    found = true
  }
  return found
}
