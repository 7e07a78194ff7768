import { createPrivateKey, X509Certificate } from 'node:crypto'
import { PluginError } from '../../errors.ts'
import type { KeyringContents, Labelled } from './contents.ts'
import {
  childrenOf,
  type Element,
  elementOf,
  integerOf,
  octetsOf,
  oidOf,
  tags,
  unwrap,
} from './der.ts'
import { type Secret, secretOf } from './derivation.ts'
import { decrypt, macFits, wrongPassword } from './encryption.ts'
import { damaged, keyringError } from './problem.ts'

/**
 * Reads PKCS#12 (RFC 7292).
 *
 * `tls` of Node takes such files too, but not one without a key (it throws), it uses the first key whatever the label,
 * and it does not tell which certificates are inside. So the file is taken apart here as far as a keyring needs it:
 * certificates, keys and their labels. Revocation lists and other secrets are passed over.
 *
 * A file is untrusted until its MAC fits, and checked as such: lengths, depth, number of parts and rounds of hashing
 * are bounded.
 *
 * @param password null: none is known. Files without encryption need none.
 * @throws KeyringError, nothing else.
 */
export const readPkcs12 = async (
  bytes: Buffer,
  password: string | null,
): Promise<KeyringContents> => {
  try {
    return await read(bytes, secretOf(password))
  } catch (error) {
    if (error instanceof PluginError) throw error
    throw damaged(error instanceof Error ? error.message : String(error), error)
  }
}

/** Whether the bytes can be PKCS#12: a sequence that begins with version 3. */
export const looksLikePkcs12 = (bytes: Buffer): boolean =>
  bytes[0] === tags.sequence && bytes.subarray(0, 16).includes(Buffer.of(tags.integer, 1, 3))

const contentTypes = {
  data: '1.2.840.113549.1.7.1',
  encrypted: '1.2.840.113549.1.7.6',
} as const

const bags = {
  key: '1.2.840.113549.1.12.10.1.1',
  shroudedKey: '1.2.840.113549.1.12.10.1.2',
  certificate: '1.2.840.113549.1.12.10.1.3',
  nested: '1.2.840.113549.1.12.10.1.6',
} as const

const x509 = '1.2.840.113549.1.9.22.1'
const friendlyName = '1.2.840.113549.1.9.20'
const mostParts = 10_000
const deepestNesting = 4

interface Found {
  readonly certificates: Labelled<X509Certificate>[]
  readonly keys: Labelled<ReturnType<typeof createPrivateKey>>[]
  parts: number
}

const read = async (bytes: Buffer, secret: Secret): Promise<KeyringContents> => {
  const [version, authSafe, macData] = childrenOf(elementOf(bytes), tags.sequence)
  if (integerOf(version) !== 3) throw damaged('a version other than 3')
  const [type, content] = childrenOf(authSafe, tags.sequence)
  if (oidOf(type) !== contentTypes.data) throw signed()
  const safe = octetsOf(unwrap(content))
  if (macData !== undefined && !(await macFits(macData, safe, secret)))
    throw wrongPassword(secret.known)
  const found: Found = { certificates: [], keys: [], parts: 0 }
  for (const info of childrenOf(elementOf(safe), tags.sequence)) {
    const inner = await contentOf(info, secret)
    await readBags(elementOf(inner), secret, found, 0)
  }
  return found
}

const signed = () =>
  keyringError(
    'it is protected by a public key instead of a password',
    file => `export it again with a password, with the tool that wrote ${file}`,
  )

/** The bags of one ContentInfo, decrypted where a password protects them. */
const contentOf = async (info: Element, secret: Secret): Promise<Buffer> => {
  const [type, content] = childrenOf(info, tags.sequence)
  switch (oidOf(type)) {
    case contentTypes.data:
      return octetsOf(unwrap(content))
    case contentTypes.encrypted: {
      const [, encrypted] = childrenOf(unwrap(content), tags.sequence)
      const [, algorithm, data] = childrenOf(encrypted, tags.sequence)
      return decrypt(algorithm, octetsOf(data), secret)
    }
    default:
      throw signed()
  }
}

const readBags = async (
  contents: Element,
  secret: Secret,
  found: Found,
  depth: number,
): Promise<void> => {
  for (const bag of childrenOf(contents, tags.sequence)) {
    if (++found.parts > mostParts || depth > deepestNesting) throw damaged('it has too many parts')
    const [id, wrapped, attributes] = childrenOf(bag, tags.sequence)
    const label = labelOf(attributes)
    switch (oidOf(id)) {
      case bags.certificate: {
        const [kind, value] = childrenOf(unwrap(wrapped), tags.sequence)
        if (oidOf(kind) !== x509) break
        found.certificates.push({ label, value: new X509Certificate(octetsOf(unwrap(value))) })
        break
      }
      case bags.key:
        found.keys.push({ label, value: keyOf(encodingOf(unwrap(wrapped))) })
        break
      case bags.shroudedKey: {
        const [algorithm, data] = childrenOf(unwrap(wrapped), tags.sequence)
        found.keys.push({ label, value: keyOf(await decrypt(algorithm, octetsOf(data), secret)) })
        break
      }
      case bags.nested:
        await readBags(unwrap(wrapped), secret, found, depth + 1)
        break
    }
  }
}

const keyOf = (pkcs8: Buffer) => createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })

/** The element as it would stand in a file, with its length in full. */
const encodingOf = ({ tag, content }: Element): Buffer => {
  const head = Buffer.alloc(6)
  head.writeUInt8(tag, 0)
  head.writeUInt8(0x84, 1)
  head.writeUInt32BE(content.length, 2)
  return Buffer.concat([head, content])
}

const labelOf = (attributes: Element | undefined): string | null => {
  if (attributes === undefined) return null
  for (const attribute of childrenOf(attributes, tags.set)) {
    const [id, values] = childrenOf(attribute, tags.sequence)
    if (oidOf(id) !== friendlyName) continue
    const [value] = childrenOf(values, tags.set)
    if (value?.tag !== tags.bmpString || value.content.length % 2 !== 0) continue
    return Buffer.from(value.content).swap16().toString('utf16le')
  }
  return null
}
