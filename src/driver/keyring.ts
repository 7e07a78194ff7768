import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'

/**
 * Keyrings in PEM form: which certificates a transport trusts, and which it presents.
 *
 * A key database of GSKit (`.kdb`) cannot be read; a PEM file of the same base name beside it is taken in its place
 * (E15).
 */
export const keyringFiles = (path: string): readonly string[] =>
  /\.pem$/i.test(path) ? [path] : [path, `${path.replace(/\.\w+$/, '')}.pem`]

/**
 * A context that trusts the certificates in the text and no others, and presents the one whose key is among them.
 *
 * @throws Error when the text is not PEM, or something in it is damaged.
 */
export const secureContextOf = (text: string): SecureContext => {
  const certificates = blocks(text, 'CERTIFICATE')
  if (certificates.length === 0) throw new Error('it is not a PEM file with certificates')
  const parsed = certificates.map(pem => new X509Certificate(pem))
  const [key] = blocks(text, '(?:\\w+ )?PRIVATE KEY')
  if (key === undefined) return createSecureContext({ ca: certificates })
  const privateKey = createPrivateKey(key)
  const own = parsed.findIndex(certificate => certificate.checkPrivateKey(privateKey))
  if (own < 0) throw new Error('its private key belongs to none of its certificates')
  return createSecureContext({ ca: certificates, cert: certificates[own], key })
}

const blocks = (text: string, label: string): string[] =>
  text.match(new RegExp(`-----BEGIN ${label}-----[\\s\\S]*?-----END ${label}-----`, 'g')) ?? []
