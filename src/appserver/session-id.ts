import { randomBytes } from 'node:crypto'

/**
 * The session identifier of WebSphere and Liberty as bytes (sessions.md §1):
 *
 *   0001A2MB4IJozU_VM8IffsMNfdR:v544d031:v544d0o0
 *   cache id, session key, then every clone id behind its own separator
 *
 * All of it is pure; who holds which session is the matter of `session-manager.ts`.
 */

/** What stands before every clone id; `+` is CloneSeparatorChange. */
export type CloneSeparator = ':' | '+'

/** How this server writes identifiers. */
export interface SessionIdForm {
  readonly separator: CloneSeparator
  /** Characters of the session key. */
  readonly idLength: number
}

/** A session identifier taken apart. */
export interface SessionId {
  /** The cache id as a number; 0 when its four characters are none. */
  readonly version: number
  /** null: what stands there cannot be a key, so no session will be found. */
  readonly key: string | null
  /** Everything from the first separator on, separator included; empty when there is no clone id. */
  readonly clones: string
}

/** How a server adds itself to a clone list. */
export interface CloneSettings {
  readonly cloneId: string
  readonly separator: CloneSeparator
  /** true: the own clone goes to the front, so that the client stays here when the first server is back. */
  readonly noAffinitySwitchBack: boolean
}

const cacheIdLength = 4
const lastCacheId = 9999

/** Version of a session that was made in a server with a shared store, and the one that follows 9999. */
export const firstPersistentVersion = 1

/** Version of a session that lives in the memory of one server only. */
export const memoryVersion = 0

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/**
 * Makes a session key: random bytes cut into groups of six bits, one character each. 23 characters take 18 bytes,
 * which are 24 groups, and the last one is dropped.
 */
export const newSessionKey = (
  idLength: number,
  random: (bytes: number) => Uint8Array = randomBytes,
): string => {
  const bytes = random(Math.ceil((idLength * 6) / 8))
  let key = ''
  let held = 0
  let bits = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 6) {
      bits -= 6
      key += alphabet[(held >> bits) & 63]
    }
    held &= (1 << bits) - 1
  }
  return key.slice(0, idLength)
}

/** Version of a session that was just (re)loaded from the store by a request that asked for this version. */
export const versionAfterLoad = (requested: number): number =>
  requested === lastCacheId ? firstPersistentVersion : requested + 1

/** The whole identifier as it travels. */
export const formatSessionId = (id: SessionId & { readonly key: string }): string =>
  String(Math.max(0, id.version)).padStart(cacheIdLength, '0').slice(-cacheIdLength) +
  id.key +
  id.clones

/** Takes a value apart by the rules of sessions.md §1.3; null: too short, the server passes over it. */
export const parseSessionId = (value: string, form: SessionIdForm): SessionId | null => {
  if (value.length < cacheIdLength + form.idLength) return null
  const head = value.slice(0, cacheIdLength)
  const version = /^[+-]?\d+$/.test(head) ? Number(head) : 0
  const at = value.indexOf(form.separator)
  // A separator inside the cache id leaves nothing to take a key from.
  if (at !== -1 && at < cacheIdLength) return { version, key: null, clones: '' }
  const key = value.slice(cacheIdLength, at === -1 ? undefined : at)
  return {
    version,
    key: key.length > form.idLength ? null : key,
    clones: at === -1 ? '' : value.slice(at),
  }
}

/**
 * The clone list to answer with. A changed key throws the incoming list away; otherwise this server adds itself, unless
 * its separator and id occur anywhere in the list already: the vendor's servers search for plain text, so an id that
 * begins another one counts as listed.
 */
export const cloneList = (incoming: string, sameKey: boolean, own: CloneSettings): string => {
  const mine = own.cloneId === '' ? '' : own.separator + own.cloneId
  if (!sameKey) return mine
  const at = incoming.indexOf(mine)
  if (at === -1) return own.noAffinitySwitchBack ? mine + incoming : incoming + mine
  if (!own.noAffinitySwitchBack || at === 0) return incoming
  return mine + incoming.slice(0, at) + incoming.slice(at + mine.length)
}

/** The identifier that stands for this session in the answer. */
export const answeredSessionId = (
  requested: SessionId | null,
  session: { readonly key: string; readonly version: number },
  own: CloneSettings,
): string =>
  formatSessionId({
    version: session.version,
    key: session.key,
    clones: cloneList(requested?.clones ?? '', requested?.key === session.key, own),
  })

/** Whether the answer carries a Set-Cookie (sessions.md §1.4): only when the client does not know it all already. */
export const needsCookie = (
  requested: SessionId | null,
  session: { readonly key: string; readonly version: number },
  own: CloneSettings,
): boolean =>
  requested?.key !== session.key ||
  requested.version !== session.version ||
  (own.cloneId !== '' && !requested.clones.includes(own.separator + own.cloneId))

/** Every value of this cookie in a Cookie header, in order; a pair that is none is passed over. */
export const cookieValues = (header: string | undefined, name: string): readonly string[] => {
  const values: string[] = []
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=')
    if (at === -1 || pair.slice(0, at).trim() !== name) continue
    const value = pair.slice(at + 1).trim()
    values.push(/^".*"$/.test(value) ? value.slice(1, -1) : value)
  }
  return values
}

/** Value of the path parameter of this name, up to the next `;`; undefined: the path has none. */
export const urlParameter = (target: string, name: string): string | undefined => {
  const path = target.split('?', 1)[0] ?? ''
  const marker = `;${name}=`
  const at = path.indexOf(marker)
  return at === -1 ? undefined : path.slice(at + marker.length).split(';', 1)[0]
}

/**
 * Puts an identifier into a URL, in front of the query and the fragment and in place of one that is there already. An
 * identifier with a character that is dangerous in HTML is left out.
 */
export const encodeUrl = (url: string, sessionId: string, name: string): string => {
  if (/[<>&!'()"]/.test(sessionId)) return url
  const marker = `;${name}=`
  const old = url.indexOf(marker)
  const tail = /[?#]/.exec(url)?.index ?? url.length
  if (old === -1) return url.slice(0, tail) + marker + sessionId + url.slice(tail)
  const next = url.indexOf(';', old + 1)
  return url.slice(0, old) + marker + sessionId + url.slice(next === -1 ? tail : next)
}
