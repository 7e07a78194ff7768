import { createDecipheriv, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { childrenOf, type Element, integerOf, octetsOf, oidOf, tags } from './der.ts'
import {
  type Hashing,
  pkcs12Key,
  type Secret,
  sha1,
  sha224,
  sha256,
  sha384,
  sha512,
  spend,
} from './derivation.ts'
import { damaged, keyringError, shellWord, withEnding } from './problem.ts'

/**
 * What a password has encrypted (RFC 7292 appendix C, RFC 8018 §6.2).
 *
 * @param algorithm its AlgorithmIdentifier.
 * @throws KeyringError for an algorithm that OpenSSL 3 has no more, and when the password does not fit.
 */
export const decrypt = async (
  algorithm: Element | undefined,
  data: Buffer,
  secret: Secret,
): Promise<Buffer> => {
  const [id, parameters] = childrenOf(algorithm, tags.sequence)
  const name = oidOf(id)
  const { cipher, key, iv } =
    name === pbes2
      ? await pbes2Of(parameters, secret)
      : await pkcs12CipherOf(name, parameters, secret)
  try {
    const decipher = createDecipheriv(cipher, key, iv)
    return Buffer.concat([decipher.update(data), decipher.final()])
  } catch (cause) {
    throw wrongPassword(secret.known, cause)
  }
}

/**
 * Whether the password made the MAC of the file (RFC 7292 §5.1). An empty password is tried in both forms in use.
 *
 * @throws KeyringError
 */
export const macFits = async (
  macData: Element,
  content: Buffer,
  secret: Secret,
): Promise<boolean> => {
  const [digestInfo, salt, count] = childrenOf(macData, tags.sequence)
  const [algorithm, digest] = childrenOf(digestInfo, tags.sequence)
  const id = oidOf(childrenOf(algorithm, tags.sequence)[0])
  const hashing = digests[id]
  if (hashing === undefined) throw unsupported(`a MAC of kind ${id}`)
  const iterations = count === undefined ? 1 : integerOf(count)
  const forms = secret.password === '' ? [secret.bmp, Buffer.alloc(0)] : [secret.bmp]
  for (const bmp of forms) {
    secret.bmp = bmp
    const wanted = { hashing, id: 3, salt: octetsOf(salt), iterations, length: hashing.bytes }
    const key = await pkcs12Key(wanted, secret)
    const made = createHmac(hashing.name, key).update(content).digest()
    const found = octetsOf(digest)
    if (made.length === found.length && timingSafeEqual(made, found)) return true
  }
  return false
}

/** The password is not the one of the file, or there should be one. */
export const wrongPassword = (known: boolean, cause?: unknown) =>
  keyringError(
    known
      ? 'its password is not the one in the stash file or the property password'
      : 'it is protected by a password, and neither stashfile nor password is given',
    file =>
      `stash its password with gskcapicmd -keydb -stashpw -db ${shellWord(file)} -pw <password> -v1stash and name the file in the property stashfile, or give the property password`,
    { cause },
  )

const digests: Readonly<Record<string, Hashing>> = {
  '1.3.14.3.2.26': sha1,
  '2.16.840.1.101.3.4.2.4': sha224,
  '2.16.840.1.101.3.4.2.1': sha256,
  '2.16.840.1.101.3.4.2.2': sha384,
  '2.16.840.1.101.3.4.2.3': sha512,
}

/** Pseudo-random functions of PBKDF2. */
const hmacs: Readonly<Record<string, Hashing>> = {
  '1.2.840.113549.2.7': sha1,
  '1.2.840.113549.2.8': sha224,
  '1.2.840.113549.2.9': sha256,
  '1.2.840.113549.2.10': sha384,
  '1.2.840.113549.2.11': sha512,
}

interface Cipher {
  readonly name: string
  readonly keyBytes: number
  readonly ivBytes: number
}

/** Encryption schemes of PBES2. */
const ciphers: Readonly<Record<string, Cipher>> = {
  '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', keyBytes: 16, ivBytes: 16 },
  '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', keyBytes: 24, ivBytes: 16 },
  '2.16.840.1.101.3.4.1.42': { name: 'aes-256-cbc', keyBytes: 32, ivBytes: 16 },
  '1.2.840.113549.3.7': { name: 'des-ede3-cbc', keyBytes: 24, ivBytes: 8 },
}

const pbes2 = '1.2.840.113549.1.5.13'
const pbkdf2Id = '1.2.840.113549.1.5.12'
const tripleDes3 = '1.2.840.113549.1.12.1.3'
const tripleDes2 = '1.2.840.113549.1.12.1.4'

/** What old tools write and OpenSSL 3 keeps in its legacy provider alone, which Node does not load. */
const legacy: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.12.1.1': 'RC4 with 128 bits',
  '1.2.840.113549.1.12.1.2': 'RC4 with 40 bits',
  '1.2.840.113549.1.12.1.5': 'RC2 with 128 bits',
  '1.2.840.113549.1.12.1.6': 'RC2 with 40 bits',
}

interface Keyed {
  readonly cipher: string
  readonly key: Buffer
  readonly iv: Buffer
}

const pbes2Of = async (parameters: Element | undefined, secret: Secret): Promise<Keyed> => {
  const [derivation, scheme] = childrenOf(parameters, tags.sequence)
  const [kdf, kdfParameters] = childrenOf(derivation, tags.sequence)
  if (oidOf(kdf) !== pbkdf2Id) throw unsupported(`a key derivation of kind ${oidOf(kdf)}`)
  const [salt, count, ...rest] = childrenOf(kdfParameters, tags.sequence)
  // Between the count and the function may stand the length of the key, which the cipher says as well.
  const prf = rest.find(({ tag }) => tag === tags.sequence)
  const prfId = prf === undefined ? undefined : oidOf(childrenOf(prf, tags.sequence)[0])
  const hashing = prfId === undefined ? sha1 : hmacs[prfId]
  if (hashing === undefined) throw unsupported(`a key derivation with ${prfId}`)
  const [schemeId, iv] = childrenOf(scheme, tags.sequence)
  const cipher = ciphers[oidOf(schemeId)]
  if (cipher === undefined) throw unsupported(`encryption of kind ${oidOf(schemeId)}`)
  const vector = octetsOf(iv)
  if (vector.length !== cipher.ivBytes) throw damaged('an initial vector of another length')
  const iterations = integerOf(count)
  spend(secret, iterations * Math.ceil(cipher.keyBytes / hashing.bytes))
  const key = await derive(
    Buffer.from(secret.password, 'utf8'),
    octetsOf(salt),
    iterations,
    cipher.keyBytes,
    hashing.name,
  )
  return { cipher: cipher.name, key, iv: vector }
}

const derive = promisify(pbkdf2)

const pkcs12CipherOf = async (
  name: string,
  parameters: Element | undefined,
  secret: Secret,
): Promise<Keyed> => {
  const old = legacy[name]
  if (old !== undefined) throw outdated(old)
  if (name !== tripleDes3 && name !== tripleDes2) throw unsupported(`encryption of kind ${name}`)
  const [saltElement, count] = childrenOf(parameters, tags.sequence)
  const common = { hashing: sha1, salt: octetsOf(saltElement), iterations: integerOf(count) }
  const length = name === tripleDes3 ? 24 : 16
  const key = await pkcs12Key({ ...common, id: 1, length }, secret)
  const iv = await pkcs12Key({ ...common, id: 2, length: 8 }, secret)
  // With two keys the first is used again as the third.
  return { cipher: 'des-ede3-cbc', key: Buffer.concat([key, key]).subarray(0, 24), iv }
}

const outdated = (algorithm: string) =>
  keyringError(
    `it is encrypted with ${algorithm}, which OpenSSL 3 and so this Node has no more`,
    file =>
      `convert it: openssl pkcs12 -legacy -in ${shellWord(file)} -nodes -out ${shellWord(withEnding(file, 'pem'))}, and let only this process read the result; it is taken in place of the keyring`,
    { otherForm: true },
  )

const unsupported = (what: string) =>
  keyringError(
    `it has ${what}, which is not read here`,
    file =>
      `convert it: openssl pkcs12 -in ${shellWord(file)} -nodes -out ${shellWord(withEnding(file, 'pem'))}, and let only this process read the result; it is taken in place of the keyring`,
    { otherForm: true },
  )
