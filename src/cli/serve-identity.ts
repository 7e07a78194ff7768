import type { KeyObject, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { looksLikePkcs12, readPkcs12 } from '../driver/keyring/pkcs12.ts'
import { readStash } from '../driver/keyring/stash.ts'
import { reasonOf } from '../driver/reason-of.ts'
import { type Contents, parsed, pemIn, problem, read, remarkOn } from './serve-certificates.ts'
import { type ClientTrust, readClientCa } from './serve-client-ca.ts'
import type { IdentityFiles, NamedFile } from './serve-tls.ts'

/** What the TLS ports show of themselves and believe of clients, as `node:tls` takes it. */
export interface Identity {
  /** The certificate of this server and those that issued it, as PEM. */
  readonly cert: string
  readonly key: string
  /** undefined: clients are not asked for certificates. */
  readonly clients: ClientTrust | undefined
  /** Why clients will refuse the certificate, or be strangers, all the same. */
  readonly remarks: readonly string[]
}

/**
 * Reads certificate and key, makes sure that they belong together, and reads the CA certificates of clients. Keyrings of the plug-in may be used: the forms
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
  const clients = files.clients && (await readClientCa(files.clients, now))
  const remark = remarkOn(`certificate in ${JSON.stringify(files.certificate.path)}`, own, now)
  return { ...identity, clients, remarks: [remark ?? [], clients?.remarks ?? []].flat() }
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
    return parsed(certificate, async () => readPkcs12(bytes, await password()), passphrase)
  }
  const { certificates } = await pemIn(certificate)
  const { keys } = await pemIn(key, password, passphrase)
  return { certificates, keys }
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
