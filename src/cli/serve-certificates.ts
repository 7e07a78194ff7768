import type { KeyObject, X509Certificate } from 'node:crypto'
import type { KeyringContents } from '../driver/keyring/contents.ts'
import { wrongPassword } from '../driver/keyring/encryption.ts'
import { KeyFiles } from '../driver/keyring/key-files.ts'
import { readPem } from '../driver/keyring/pem.ts'
import { looksLikePkcs12 } from '../driver/keyring/pkcs12.ts'
import { reasonOf } from '../driver/reason-of.ts'
import { InputError } from './io.ts'
import type { NamedFile } from './serve-tls.ts'

/** What a file holds, in the order in which it stands there. */
export interface Contents {
  readonly certificates: readonly X509Certificate[]
  readonly keys: readonly KeyObject[]
}

/**
 * Reads a PEM file: the private keys of `--key`, the certificates of any other option.
 *
 * @param password asked only for a key that is encrypted. @param passphrase the file where it stands.
 * @throws InputError naming the option, the file, what is wrong with it and what to write.
 */
export const pemIn = async (
  file: NamedFile,
  password: () => Promise<string | null> = async () => null,
  passphrase?: NamedFile,
): Promise<Contents> => {
  const bytes = await read(file)
  const wanted = file.option === '--key' ? 'PRIVATE KEY' : 'CERTIFICATE'
  // The key that may stand in the file with the certificate is not ours to open here.
  const text = file.option === '--key' ? bytes : withoutKeys(bytes)
  if (!text.includes(`${wanted}-----`)) {
    const other = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(bytes.toString('latin1'))?.[1]
    const found = other === undefined ? '' : `, only ${other}`
    const missing = wanted === 'CERTIFICATE' ? 'certificate' : 'private key'
    const pkcs12 =
      file.option === '--client-ca' ? 'write its certificates as PEM' : 'write it with --pfx'
    const form = looksLikePkcs12(bytes)
      ? `it is PKCS#12; ${pkcs12}`
      : `write a PEM file with -----BEGIN ${wanted}----- in it`
    throw problem(file, `there is no ${missing} in it${found}`, form)
  }
  return parsed(file, () => readPem(text, password), passphrase)
}

const withoutKeys = (bytes: Buffer): Buffer =>
  Buffer.from(
    bytes
      .toString('latin1')
      .replaceAll(/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z0-9 ]+-----/g, ''),
    'latin1',
  )

/** What `parse` finds in a file. @throws InputError, as `pemIn` does, for what the parser has to say. */
export const parsed = async (
  file: NamedFile,
  parse: () => Promise<KeyringContents>,
  passphrase: NamedFile | undefined,
): Promise<Contents> => {
  try {
    const { certificates, keys } = await parse()
    return {
      certificates: certificates.map(({ value }) => value),
      keys: keys.map(({ value }) => value),
    }
  } catch (error) {
    if (error instanceof InputError) throw error
    const reason = reasonOf(error)
    if (reason === wrongPassword(false).message) {
      throw problem(file, 'it is encrypted', 'write --passphrase-file FILE too')
    }
    if (reason === wrongPassword(true).message) {
      const what = JSON.stringify(passphrase?.path)
      throw problem(file, `${what} has another passphrase`, 'write the right one into that file')
    }
    throw problem(file, reason, 'write a whole file')
  }
}

/** Why a certificate is refused all the same, by its dates. @param name what it is called, behind "the". */
export const remarkOn = (
  name: string,
  { validFrom, validTo }: X509Certificate,
  now: number,
): string | undefined => {
  if (Date.parse(validTo) < now) return `the ${name} ran out on ${validTo}; renew it`
  if (Date.parse(validFrom) > now) return `the ${name} is not valid before ${validFrom}`
  return undefined
}

/** The bytes of a file. @throws InputError naming the option, the file and why it cannot be read. */
export const read = async (file: NamedFile): Promise<Buffer> => {
  try {
    return await new KeyFiles().read(file.path)
  } catch (error) {
    const path = JSON.stringify(file.path)
    throw new InputError(
      `cannot read ${path}: ${reasonOf(error)}; write a file that this user may read with ${file.option}`,
    )
  }
}

/** That a file cannot be used: what is wrong with it, and what to write instead. */
export const problem = ({ option, path }: NamedFile, what: string, advice: string): InputError =>
  new InputError(`${option} ${JSON.stringify(path)} cannot be used: ${what}; ${advice}`)
