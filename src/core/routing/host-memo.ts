import { LRUCache } from 'lru-cache'
import type { Scheme } from '../../config/model.ts'
import type { RouteTable } from './route-table.ts'
import type { UriTable } from './uri-table.ts'
import { type HostPort, parseHost } from './virtual-host.ts'

/** A Host header understood: its parts, and the tables that its requests have to ask. */
export interface KnownHost extends HostPort {
  readonly tables: readonly UriTable[]
}

/**
 * Remembers what Host headers mean. A site has few of them and sends them with every request, so that the memo nearly
 * always hits; a client that invents names only turns the memo over. Paths are not remembered: the table finds them
 * as fast.
 */
export class HostMemo {
  readonly #table: RouteTable
  readonly #http = new LRUCache<string, KnownHost>({ max: remembered })
  readonly #https = new LRUCache<string, KnownHost>({ max: remembered })

  constructor(table: RouteTable) {
    this.#table = table
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

const remembered = 2048
/** Longer than any host name with a port can be (RFC 1035 2.3.4). */
const longest = 262
