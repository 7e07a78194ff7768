import type { Scheme } from '../../config/model.ts'
import type { PathTable } from './compiled-tables.ts'
import type { RouteTable } from './route-table.ts'
import { type HostPort, parseHost } from './virtual-host.ts'

/** A Host header understood: its parts, and the tables that its requests have to ask. */
export interface KnownHost extends HostPort {
  readonly tables: readonly PathTable[]
}

/**
 * Remembers what Host headers mean. A site has few of them and sends them with every request, so that the memo nearly
 * always hits; a client that invents names only turns the memo over. Paths are not remembered: the table finds them
 * as fast.
 */
export class HostMemo {
  readonly #table: RouteTable
  readonly #http: Recent
  readonly #https: Recent

  /** @param aliases of the configuration: there is room for the headers of all of them. */
  constructor(table: RouteTable, aliases: number) {
    this.#table = table
    this.#http = new Recent(Math.max(fewest, aliases))
    this.#https = new Recent(Math.max(fewest, aliases))
  }

  /**
   * @param physicalPort port of the listener, where `VHostMatchingCompat` asks for it instead of the header's.
   * @returns null when the header is not a host.
   */
  find(header: string, scheme: Scheme, physicalPort: number | undefined): KnownHost | null {
    const memo = scheme === 'https' ? this.#https : this.#http
    const key = physicalPort === undefined ? header : `${header} ${physicalPort}`
    const known = memo.get(key)
    if (known !== undefined) return known
    const parsed = parseHost(header, scheme)
    if (parsed === null) return null
    const { host } = parsed
    const port = physicalPort ?? parsed.port
    const found = { host, port, tables: this.#table.tablesFor({ host, port }) }
    if (header.length <= longest) memo.set(key, found)
    return found
  }
}

/**
 * Keeps what was asked for lately: when one map is full the next begins, and what is still wanted moves over. It holds
 * between one and two maps of entries, and a hit is one look-up, which is half of what keeping an exact order costs. What
 * was asked for last is compared before, for a site of one host asks for nothing else.
 */
class Recent {
  readonly #most: number
  #young = new Map<string, KnownHost>()
  #old = new Map<string, KnownHost>()
  #lastKey = ''
  #last: KnownHost | null = null

  constructor(most: number) {
    this.#most = most
  }

  get(key: string): KnownHost | undefined {
    if (this.#last !== null && key === this.#lastKey) return this.#last
    const young = this.#young.get(key)
    if (young !== undefined) {
      this.#lastKey = key
      this.#last = young
      return young
    }
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  set(key: string, host: KnownHost): void {
    if (this.#young.size >= this.#most) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, host)
  }
}

const fewest = 2048
/** Longer than any host name with a port can be (RFC 1035 2.3.4). */
const longest = 262
