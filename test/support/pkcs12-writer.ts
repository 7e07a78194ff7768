import { createCipheriv, type KeyObject, pbkdf2Sync, randomBytes } from 'node:crypto'
import { bmp, explicit, integer, octets, oid, sequence, set } from './der-writer.ts'

/** What goes into a keystore of a test. */
export interface Entry {
  readonly label?: string
  readonly certificate?: Buffer
  readonly key?: KeyObject
  /** Goes into a bag inside a bag. */
  readonly nested?: boolean
}

/** Object identifiers that tests put in the place of the right ones. */
export interface Kinds {
  readonly scheme?: string
  readonly derivation?: string
  readonly prf?: string
  readonly cipher?: string
  readonly iterations?: number
  readonly contentType?: string
}

/**
 * A PKCS#12 file without a MAC: one part with the certificates in the clear or encrypted, one with the keys, each key
 * encrypted with AES-256 and PBKDF2. OpenSSL writes one key for each file; this writes several.
 */
export const writePkcs12 = (
  entries: readonly Entry[],
  password: string | null,
  kinds: Kinds = {},
): Buffer => {
  const certificates = sequence(
    ...entries.flatMap(({ certificate, label, nested }) => {
      if (certificate === undefined) return []
      const value = sequence(oid('1.2.840.113549.1.9.22.1'), explicit(0, octets(certificate)))
      const one = bag('1.2.840.113549.1.12.10.1.3', value, label)
      return [nested ? bag('1.2.840.113549.1.12.10.1.6', sequence(one)) : one]
    }),
  )
  const keys = sequence(
    ...entries.flatMap(({ key, label }) => {
      if (key === undefined) return []
      const plain = key.export({ type: 'pkcs8', format: 'der' })
      if (password === null) return [bag('1.2.840.113549.1.12.10.1.1', plain, label)]
      const { algorithm, data } = encrypt(plain, password, kinds)
      return [bag('1.2.840.113549.1.12.10.1.2', sequence(algorithm, octets(data)), label)]
    }),
  )
  const parts = sequence(
    password === null ? content(octets(certificates)) : encrypted(certificates, password, kinds),
    content(octets(keys)),
  )
  return sequence(integer(3), content(octets(parts), kinds.contentType))
}

/** What a stash file of GSKit holds. */
export const stashOf = (password: string, length = 129): Buffer => {
  const plain = Buffer.concat([Buffer.from(password, 'utf8'), Buffer.of(0)])
  const padded = Buffer.concat([plain, randomBytes(Math.max(length - plain.length, 0))])
  return Buffer.from(padded.map(byte => byte ^ 0xf5))
}

const content = (data: Buffer, type = '1.2.840.113549.1.7.1'): Buffer =>
  sequence(oid(type), explicit(0, data))

const bag = (id: string, value: Buffer, label?: string): Buffer =>
  sequence(
    oid(id),
    explicit(0, value),
    ...(label === undefined ? [] : [set(sequence(oid('1.2.840.113549.1.9.20'), set(bmp(label))))]),
  )

const encrypted = (data: Buffer, password: string, kinds: Kinds): Buffer => {
  const { algorithm, data: cipherText } = encrypt(data, password, kinds)
  const info = sequence(
    oid('1.2.840.113549.1.7.1'),
    algorithm,
    Buffer.concat([Buffer.of(0x80), lengthOf(cipherText), cipherText]),
  )
  return sequence(oid('1.2.840.113549.1.7.6'), explicit(0, sequence(integer(0), info)))
}

const lengthOf = (bytes: Buffer): Buffer => octets(bytes).subarray(1, -bytes.length)

const encrypt = (data: Buffer, password: string, kinds: Kinds) => {
  const { iterations = 1000, scheme, derivation, prf, cipher } = kinds
  const salt = randomBytes(8)
  const iv = randomBytes(16)
  const key = pbkdf2Sync(password, salt, Math.min(iterations || 1, 1000), 32, 'sha256')
  const coder = createCipheriv('aes-256-cbc', key, iv)
  const algorithm = sequence(
    oid(scheme ?? '1.2.840.113549.1.5.13'),
    sequence(
      sequence(
        oid(derivation ?? '1.2.840.113549.1.5.12'),
        sequence(octets(salt), integer(iterations), sequence(oid(prf ?? '1.2.840.113549.2.9'))),
      ),
      sequence(oid(cipher ?? '2.16.840.1.101.3.4.1.42'), octets(iv)),
    ),
  )
  return { algorithm, data: Buffer.concat([coder.update(data), coder.final()]) }
}
