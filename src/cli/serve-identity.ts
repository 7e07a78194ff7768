import type { KeyObject, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { KeyringContents } from '../driver/keyring/contents.ts'
import { wrongPassword } from '../driver/keyring/encryption.ts'
import { KeyFiles } from '../driver/keyring/key-files.ts'
import { readPem } from '../driver/keyring/pem.ts'
import { looksLikePkcs12, readPkcs12 } from '../driver/keyring/pkcs12.ts'
import { readStash } from '../driver/keyring/stash.ts'
import { reasonOf } from '../driver/reason-of.ts'
import { InputError } from './io.ts'
import type { IdentityFiles, NamedFile } from './serve-tls.ts'

/** What the TLS ports show of themselves, as `node:tls` takes it. */
export interface Identity {
  /** The certificate of this server and those that issued it, as PEM. */
  readonly cert: string
  readonly key: string
  /** Why clients will refuse it all the same; undefined: nothing is known. */
  readonly remark: string | undefined
}

/**
 * Reads certificate and key, and makes sure that they belong together. Keyrings of the plug-in may be used: the forms
 * are those of E15.
 *
 * @param now milliseconds, for the dates in the certificate.
 * @throws InputError naming the option, the file, what is wrong with it and what to write.
 */
export const readIdentity = async (files: IdentityFiles, now = Date.now()): Promise<Identity> => {
  const { certificates, keys } = await contentsOf(files)
  const [own, key] = pairOf(files, certificates, keys)
  const cert = chainOf(own, certificates)
    .map(each => each.toString())
    .join('')
  const identity = { cert, key: key.export({ type: 'pkcs8', format: 'pem' }) as string }
  try {
    createSecureContext(identity)
  } catch (error) {
    throw problem(files.certificate, `OpenSSL refuses it: ${reasonOf(error)}`, 'write another one')
  }
  return { ...identity, remark: remarkOn(files.certificate.path, own, now) }
}

interface Contents {
  readonly certificates: readonly X509Certificate[]
  readonly keys: readonly KeyObject[]
}

const contentsOf = async (files: IdentityFiles): Promise<Contents> => {
  const { certificate, key, passphrase } = files
  const password = async (): Promise<string | null> =>
    passphrase === undefined ? null : passphraseIn(passphrase, await read(passphrase))
  if (certificate.option === '--pfx') {
    const bytes = await read(certificate)
    if (!looksLikePkcs12(bytes)) {
      const advice = 'write a .p12 or .pfx file, or --cert and --key for PEM'
      throw problem(certificate, 'it is not PKCS#12', advice)
    }
    return valuesOf(
      await parsed(certificate, async () => readPkcs12(bytes, await password()), passphrase),
    )
  }
  const chain = await pem(certificate, async () => null, undefined)
  const keys = await pem(key, password, passphrase)
  return { certificates: chain.certificates, keys: keys.keys }
}

const pem = async (
  file: NamedFile,
  password: () => Promise<string | null>,
  passphrase: NamedFile | undefined,
): Promise<Contents> => {
  const bytes = await read(file)
  const wanted = file.option === '--cert' ? 'CERTIFICATE' : 'PRIVATE KEY'
  // The key that may stand in the file with the certificate is not ours to open here.
  const text = file.option === '--cert' ? withoutKeys(bytes) : bytes
  if (!text.includes(`${wanted}-----`)) {
    const other = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(bytes.toString('latin1'))?.[1]
    const found = other === undefined ? '' : `, only ${other}`
    const missing = wanted === 'CERTIFICATE' ? 'certificate' : 'private key'
    const form = looksLikePkcs12(bytes)
      ? 'it is PKCS#12; write it with --pfx'
      : `write a PEM file with -----BEGIN ${wanted}----- in it`
    throw problem(file, `there is no ${missing} in it${found}`, form)
  }
  return valuesOf(await parsed(file, () => readPem(text, password), passphrase))
}

const withoutKeys = (bytes: Buffer): Buffer =>
  Buffer.from(
    bytes
      .toString('latin1')
      .replaceAll(/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z0-9 ]+-----/g, ''),
    'latin1',
  )

const valuesOf = ({ certificates, keys }: KeyringContents): Contents => ({
  certificates: certificates.map(({ value }) => value),
  keys: keys.map(({ value }) => value),
})

const parsed = async (
  file: NamedFile,
  parse: () => Promise<KeyringContents>,
  passphrase: NamedFile | undefined,
): Promise<KeyringContents> => {
  try {
    return await parse()
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

/** The certificate of this server is the one that the key belongs to, wherever in the file it stands. */
const pairOf = (
  { certificate, key }: IdentityFiles,
  certificates: readonly X509Certificate[],
  keys: readonly KeyObject[],
): readonly [X509Certificate, KeyObject] => {
  for (const each of keys) {
    const own = certificates.find(one => one.checkPrivateKey(each))
    if (own !== undefined) return [own, each]
  }
  if (certificate === key) {
    const missing = keys.length === 0 ? 'private key' : 'certificate for its private key'
    throw problem(certificate, `there is no ${missing} in it`, 'export both into one file')
  }
  throw problem(
    key,
    `the key belongs to no certificate in ${JSON.stringify(certificate.path)}`,
    'write the key for which the certificate of --cert was issued',
  )
}

/** The certificate and its issuers, as far as they are there; the last of a whole chain is left to the client. */
const chainOf = (
  own: X509Certificate,
  certificates: readonly X509Certificate[],
): readonly X509Certificate[] => {
  const chain = [own]
  for (let last = own; ; ) {
    const issuer = certificates.find(each => !chain.includes(each) && last.checkIssued(each))
    if (issuer === undefined || issuer.checkIssued(issuer)) return chain
    chain.push(issuer)
    last = issuer
  }
}

const remarkOn = (path: string, own: X509Certificate, now: number): string | undefined => {
  const name = `certificate in ${JSON.stringify(path)}`
  if (Date.parse(own.validTo) < now) return `the ${name} ran out on ${own.validTo}; renew it`
  if (Date.parse(own.validFrom) > now) return `the ${name} is not valid before ${own.validFrom}`
  return undefined
}

const passphraseIn = (file: NamedFile, bytes: Buffer): string => {
  if (/\.sth$/i.test(file.path)) {
    try {
      return readStash(bytes)
    } catch (error) {
      throw problem(file, reasonOf(error), 'write the passphrase into a text file')
    }
  }
  return bytes.toString('utf8').split(/\r?\n/, 1)[0] ?? ''
}

const read = async (file: NamedFile): Promise<Buffer> => {
  try {
    return await new KeyFiles().read(file.path)
  } catch (error) {
    const path = JSON.stringify(file.path)
    throw new InputError(
      `cannot read ${path}: ${reasonOf(error)}; write a file that this user may read with ${file.option}`,
    )
  }
}

const problem = ({ option, path }: NamedFile, what: string, advice: string): InputError =>
  new InputError(`${option} ${JSON.stringify(path)} cannot be used: ${what}; ${advice}`)
