import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { KeyringContents, Labelled } from './contents.ts'
import { wrongPassword } from './encryption.ts'
import { damaged } from './problem.ts'

/** Whether the bytes have something in PEM form in them. */
export const looksLikePem = (bytes: Buffer): boolean => bytes.includes('-----BEGIN ')

/**
 * Reads PEM (RFC 7468): certificates and keys in any order, with any text between them. Labels are those that OpenSSL
 * writes above each when it converts PKCS#12 (`friendlyName: …`).
 *
 * @param password asked only for keys that are encrypted.
 * @throws KeyringError
 */
export const readPem = async (
  bytes: Buffer,
  password: () => Promise<string | null>,
): Promise<KeyringContents> => {
  const certificates: Labelled<X509Certificate>[] = []
  const keys: Labelled<KeyObject>[] = []
  for (const { kind, pem, above } of blocksIn(bytes.toString('latin1'))) {
    const label = labelIn(above)
    if (kind === 'CERTIFICATE' || kind === 'X509 CERTIFICATE') {
      certificates.push({ label, value: certificateOf(pem) })
    } else if (kind.endsWith('PRIVATE KEY')) {
      keys.push({ label, value: await keyOf(pem, password) })
    }
  }
  if (certificates.length + keys.length === 0) {
    throw damaged('neither a certificate nor a private key is in it')
  }
  return { certificates, keys }
}

interface Block {
  readonly kind: string
  readonly pem: string
  /** The text since the block before. */
  readonly above: string
}

/** One pass over the text, however often a BEGIN has no END. */
function* blocksIn(text: string): Generator<Block> {
  const begin = /-----BEGIN ([A-Z0-9 ]{1,40})-----/g
  for (let after = 0; ; ) {
    begin.lastIndex = after
    const match = begin.exec(text)
    if (match === null) return
    const [, kind = ''] = match
    const last = `-----END ${kind}-----`
    const end = text.indexOf(last, match.index)
    if (end < 0) throw damaged(`there is no ${last}`)
    const above = text.slice(after, match.index)
    after = end + last.length
    yield { kind, above, pem: `${text.slice(match.index, after)}\n` }
  }
}

const labelIn = (above: string): string | null => {
  const label = /^[ \t]*friendlyName:[ \t]*(.*?)\s*$/m.exec(above)?.[1]
  return label ? Buffer.from(label, 'latin1').toString('utf8') : null
}

const certificateOf = (pem: string): X509Certificate => {
  try {
    return new X509Certificate(pem)
  } catch (cause) {
    throw damaged('a certificate in it cannot be read', cause)
  }
}

const keyOf = async (pem: string, password: () => Promise<string | null>): Promise<KeyObject> => {
  const encrypted = pem.startsWith('-----BEGIN ENCRYPTED') || pem.includes('Proc-Type: 4,ENCRYPTED')
  const given = encrypted ? await password() : null
  try {
    return createPrivateKey({ key: pem, ...(encrypted && { passphrase: given ?? '' }) })
  } catch (cause) {
    throw encrypted
      ? wrongPassword(given !== null, cause)
      : damaged('a private key in it cannot be read', cause)
  }
}
