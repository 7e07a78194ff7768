import type { Scheme } from '../config/model.ts'

/** The part of a request that routing looks at. */
export interface RequestHead {
  readonly method: string
  /** The request target exactly as received: `/path?query`, `http://host/path` or `*`. */
  readonly target: string
  /** Scheme of the incoming connection. */
  readonly scheme: Scheme
  /** Value of the Host header (or `:authority`), as received; undefined or empty when there is none. */
  readonly host?: string | undefined
  /** Port of the listener that accepted the connection; used with `VHostMatchingCompat` only. */
  readonly localPort?: number | undefined
  /** `Cookie` lines in order of arrival. */
  readonly cookie?: string | readonly string[] | undefined
  /** Bytes of the request body; `'unknown'` for a chunked one. Absent or 0: no body. */
  readonly body?: number | 'unknown' | undefined
}

/** Bodies of these methods are read and dropped unless AcceptAllContent is set (E4). */
export const bodyIsDropped = (method: string, acceptAllContent: boolean): boolean =>
  !acceptAllContent && withoutBody.has(method)

const withoutBody: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'])
