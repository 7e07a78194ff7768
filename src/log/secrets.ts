/** Put in place of a secret. */
export const mask = '***'

/**
 * Value of a header field as it may be logged. What lets somebody take over a session or an account is masked; names of
 * cookies and their attributes stay, because they are what one looks for.
 */
export const maskedValue = (name: string, value: string): string => {
  const kind = kinds.get(name.toLowerCase())
  switch (kind) {
    case undefined:
      return value
    case 'all':
      return value === '' ? '' : mask
    case 'credentials':
      return maskCredentials(value)
    case 'cookies':
      return value.split(';').map(maskPair).join(';')
    case 'set-cookie':
      return maskFirstPair(value)
    case 'url':
      return maskUrl(value)
  }
}

/** A URL or request target: values of path parameters are masked, as `;jsessionid=` is one. */
export const maskUrl = (url: string): string => url.replace(parameter, `$1${mask}`)

const parameter = /(;[^=;/?#]*=)[^;/?#]+/g

type Kind = 'all' | 'credentials' | 'cookies' | 'set-cookie' | 'url'

/** `$WSSI` is the SSL session, `$WSCC` the client's certificate. */
const kinds: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['authorization', 'credentials'],
  ['proxy-authorization', 'credentials'],
  ['cookie', 'cookies'],
  ['cookie2', 'cookies'],
  ['set-cookie', 'set-cookie'],
  ['set-cookie2', 'set-cookie'],
  ['x-api-key', 'all'],
  ['x-auth-token', 'all'],
  ['x-csrf-token', 'all'],
  ['$wssi', 'all'],
  ['$wscc', 'all'],
  ['referer', 'url'],
  ['location', 'url'],
  ['content-location', 'url'],
])

const maskCredentials = (value: string): string => {
  const end = value.trimStart().indexOf(' ')
  return end === -1 ? mask : `${value.trimStart().slice(0, end)} ${mask}`
}

const maskPair = (pair: string): string => {
  const equals = pair.indexOf('=')
  return equals === -1 ? (pair.trim() === '' ? pair : mask) : `${pair.slice(0, equals + 1)}${mask}`
}

const maskFirstPair = (value: string): string => {
  const end = value.indexOf(';')
  return end === -1 ? maskPair(value) : `${maskPair(value.slice(0, end))}${value.slice(end)}`
}
