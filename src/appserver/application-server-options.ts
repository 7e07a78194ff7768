import type { Clock } from '../core/clock.ts'
import { PluginError } from '../errors.ts'
import type { CloneSeparator } from './session-id.ts'
import type { SessionStore } from './session-store.ts'

/** Options of `createApplicationServer`. */
export interface ApplicationServerOptions {
  /** Name of the member, for the answers. Give the one from plugin-cfg.xml. */
  readonly name: string
  /** The CloneID of the member in plugin-cfg.xml; empty: identifiers carry no clone id. */
  readonly cloneId: string
  /** Where the members share their sessions. Absent: in memory only, a session dies with its server. */
  readonly store?: SessionStore
  /** Default `:`; `+` is what CloneSeparatorChange="true" stands for. */
  readonly separator?: CloneSeparator
  /** HttpSessionIdLength: characters of the session key, held between 8 and 128. Default 23. */
  readonly idLength?: number
  /** Default `JSESSIONID`. */
  readonly cookieName?: string
  /** Name of the path parameter that carries the session. Default `jsessionid`. */
  readonly urlIdentifier?: string
  /** Track sessions by cookie. Default true. */
  readonly cookies?: boolean
  /** Track sessions by URL as well. Default false, as in Liberty. */
  readonly urlRewriting?: boolean
  /** NoAffinitySwitchBack: after a failover the session stays where it went. Default false. */
  readonly noAffinitySwitchBack?: boolean
  /** A session nobody has used for this long is gone. Default 30 minutes. */
  readonly inactiveIntervalMs?: number
  /** Where the page is: this path and all below. Default `/snoop`; `/` means every path. */
  readonly contextRoot?: string
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** Default 0: any free one. */
  readonly port?: number
  /** For the inactive interval. Default: the time of day. */
  readonly clock?: Clock
}

/**
 * Looks at options as far as a server could not work with them.
 *
 * @throws PluginError `OPTION_INVALID` naming the option and what was given.
 */
export const checkOptions = (options: ApplicationServerOptions): void => {
  const refuse = (name: string, found: unknown, instead: string): never => {
    throw new PluginError('OPTION_INVALID', `${name} is ${JSON.stringify(found)}; write ${instead}`)
  }
  const { name, cloneId, separator, idLength, port, contextRoot, inactiveIntervalMs } = options
  const { cookieName, urlIdentifier } = options
  if (name === '') refuse('name', name, 'the name of the member')
  if (separator !== undefined && separator !== ':' && separator !== '+') {
    refuse('separator', separator, "':' or '+', the only two that a plug-in can be told")
  }
  // A plug-in takes an id with the separator in it apart and never finds the server again; the rest breaks cookies.
  if (!/^[!-~]*$/.test(cloneId) || /[;,"\\]/.test(cloneId) || cloneId.includes(separator ?? ':')) {
    refuse('cloneId', cloneId, 'letters, digits and signs without the separator, quotes and ; , \\')
  }
  for (const [option, value] of Object.entries({ cookieName, urlIdentifier })) {
    if (value !== undefined && !/^[\w!#$%&'*+.^`|~-]+$/.test(value)) {
      refuse(option, value, 'a name of letters, digits and - or _')
    }
  }
  if (idLength !== undefined && !Number.isInteger(idLength)) {
    refuse('idLength', idLength, 'a whole number; 8 to 128 are used')
  }
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    refuse('port', port, 'a number from 0 to 65535')
  }
  if (contextRoot !== undefined && !contextRoot.startsWith('/')) {
    refuse('contextRoot', contextRoot, 'a path that begins with a slash')
  }
  if (inactiveIntervalMs !== undefined && !(inactiveIntervalMs > 0)) {
    refuse('inactiveIntervalMs', inactiveIntervalMs, 'more than 0 milliseconds')
  }
}
