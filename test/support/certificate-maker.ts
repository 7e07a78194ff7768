import {
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  X509Certificate,
} from 'node:crypto'
import {
  bitString,
  der,
  explicit,
  integer,
  octets,
  oid,
  sequence,
  set,
  utcTime,
  utf8,
} from './der-writer.ts'

/** A certificate that was made for one test, with its key. */
export interface Made {
  readonly certificate: X509Certificate
  readonly pem: string
  readonly key: KeyObject
  readonly keyPem: string
}

/**
 * Issues a certificate, by default for 2000 to 2199 and with a new key on P-256.
 *
 * @param issuer null: it signs itself, and is an authority.
 */
export const issue = (
  name: string,
  issuer: Made | null,
  options: {
    readonly authority?: boolean
    readonly hosts?: readonly string[]
    readonly notAfter?: string
    readonly key?: KeyObject
  } = {},
): Made => {
  const key = options.key ?? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const authority = options.authority ?? issuer === null
  const signer = issuer?.key ?? key
  const algorithm =
    signer.asymmetricKeyType === 'rsa'
      ? sequence(oid('1.2.840.113549.1.1.11'), der(0x05))
      : sequence(oid('1.2.840.10045.4.3.2'))
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' })
  const body = sequence(
    explicit(0, integer(2)),
    integer(++serial),
    algorithm,
    nameOf(issuer?.certificate.subject.replace('CN=', '') ?? name),
    sequence(utcTime('20000101000000Z'), utcTime(options.notAfter ?? '21991231235959Z')),
    nameOf(name),
    publicKey,
    explicit(3, sequence(...extensions(authority, options.hosts ?? []))),
  )
  const signature = sign('sha256', body, signer)
  const encoded = sequence(body, algorithm, bitString(signature))
  const certificate = new X509Certificate(encoded)
  const keyPem = key.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { certificate, pem: certificate.toString(), key, keyPem }
}

let serial = 1000

const nameOf = (name: string): Buffer => sequence(set(sequence(oid('2.5.4.3'), utf8(name))))

const extensions = (authority: boolean, hosts: readonly string[]): readonly Buffer[] => [
  sequence(
    oid('2.5.29.19'),
    der(0x01, Buffer.of(0xff)),
    octets(sequence(...(authority ? [der(0x01, Buffer.of(0xff))] : []))),
  ),
  ...(hosts.length === 0
    ? []
    : [
        sequence(
          oid('2.5.29.17'),
          octets(sequence(...hosts.map(host => der(0x82, Buffer.from(host, 'latin1'))))),
        ),
      ]),
]
