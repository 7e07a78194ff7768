import type { KeyObject, X509Certificate } from 'node:crypto'
import type { Transport } from '../config/model.ts'
import type { KeyringContents } from './keyring/contents.ts'
import type { KeyFiles } from './keyring/key-files.ts'
import { looksLikePem, readPem } from './keyring/pem.ts'
import { looksLikePkcs12, readPkcs12 } from './keyring/pkcs12.ts'
import {
  isKeyringError,
  type KeyringError,
  keyringError,
  shellWord,
  withEnding,
} from './keyring/problem.ts'
import { readStash } from './keyring/stash.ts'
import { codeOf } from './outcome.ts'
import { reasonOf } from './reason-of.ts'

/**
 * Keyrings of https transports (plugin-cfg.md A.10, E15): PKCS#12 with its stash file, and PEM. The form is told by the
 * contents, not by the name. A key database of GSKit (`.kdb`) or of Java cannot be read; a `.p12` or `.pem` file of the
 * same base name beside it is taken in its place.
 */
export interface Keyring extends KeyringContents {
  /** The file that was read. */
  readonly file: string
  /** What is wrong with the file that the transport names; null: nothing, it was read. */
  readonly insteadOf: KeyringProblem | null
}

/** What a transport says about its keyring. */
export type KeyringSource = Pick<Transport, 'keyring' | 'stashfile' | 'password'>

/** Why a keyring cannot be used, with the name of the file, and what to do about it. Never shows a password. */
export interface KeyringProblem {
  readonly message: string
  readonly advice: string
}

/** A personal certificate with its key: what a server can be shown. */
export interface PersonalCertificate {
  readonly label: string | null
  readonly certificate: X509Certificate
  readonly key: KeyObject
}

/** Where the contents of a keyring may be, in the order in which they are looked for. */
export const keyringFiles = (path: string): readonly string[] => [
  ...new Set([path, withEnding(path, 'p12'), withEnding(path, 'pem')]),
]

/** Reads the keyring of a transport. Never fails. */
export const readKeyring = async (
  { keyring = '', stashfile, password }: KeyringSource,
  files: KeyFiles,
): Promise<Keyring | KeyringProblem> => {
  if (/^safkeyring:/i.test(keyring)) return safKeyring(keyring)
  let named: KeyringProblem | null = null
  for (const file of keyringFiles(keyring)) {
    const secret = passwordOf(file, stashfile, password, files)
    try {
      const contents = await contentsOf(await files.read(file), secret)
      if (contents.certificates.length === 0) throw noCertificates()
      return { ...contents, file, insteadOf: named }
    } catch (error) {
      const missing = codeOf(error) === 'ENOENT'
      // A file that was only looked for has nothing to say when it is not there.
      if (missing && named !== null) continue
      named ??= problemOf(file, error)
      if (!missing && !(isKeyringError(error) && error.otherForm)) return problemOf(file, error)
    }
  }
  // There is at least one file, and what is wrong with it was kept.
  return named as KeyringProblem
}

/**
 * The certificate to present: the one with that label; without a label the first that has a key. null: none, the
 * keyring has signers alone.
 *
 * A certificate that was renewed with the same key stands beside the old one; the one that is valid longest counts.
 */
export const personalCertificate = (
  keyring: Keyring,
  certLabel: string | undefined,
): PersonalCertificate | KeyringProblem | null => {
  const known = personalCertificates(keyring)
  const file = JSON.stringify(keyring.file)
  if (known.length === 0 && keyring.keys.length > 0) {
    return {
      message: `keyring ${file} cannot be used: its private key belongs to none of its certificates`,
      advice: 'put the certificate that was issued for the key into the same file',
    }
  }
  const wanted = certLabel?.trim() ?? ''
  if (wanted === '') return known[0] ?? null
  // Java writes labels in lower case.
  const found =
    known.find(({ label }) => label === wanted) ??
    known.find(({ label }) => label?.toLowerCase() === wanted.toLowerCase())
  if (found !== undefined) return found
  const [only] = known
  // Files in PEM form have no labels as a rule.
  if (only !== undefined && known.length === 1 && only.label === null) return only
  const labels = known.flatMap(({ label }) => (label === null ? [] : [JSON.stringify(label)]))
  return {
    message: `keyring ${file} has no personal certificate with the label ${JSON.stringify(wanted)}`,
    advice:
      labels.length > 0
        ? `certLabel can be ${labels.join(' or ')}`
        : 'remove certLabel, or put the certificate and its key into the keyring under this label',
  }
}

const personalCertificates = ({ keys, certificates }: KeyringContents): PersonalCertificate[] =>
  keys.flatMap(({ value: key, label }) => {
    const [own] = certificates
      .filter(({ value }) => value.checkPrivateKey(key))
      .toSorted((a, b) => Date.parse(b.value.validTo) - Date.parse(a.value.validTo))
    if (own === undefined) return []
    return [{ key, certificate: own.value, label: label ?? own.label }]
  })

/** @throws KeyringError */
const contentsOf = async (
  bytes: Buffer,
  password: () => Promise<string | null>,
): Promise<KeyringContents> => {
  if (looksLikePem(bytes)) return readPem(bytes, password)
  if (looksLikePkcs12(bytes)) return readPkcs12(bytes, await password())
  throw unreadable(bytes)
}

const unreadable = (bytes: Buffer): KeyringError => {
  const magic = bytes.subarray(0, 4).toString('hex')
  if (magic === 'feedfeed' || magic === 'cececece') {
    return keyringError(
      'it is a key store of Java',
      file =>
        `convert it: keytool -importkeystore -srckeystore ${shellWord(file)} -destkeystore ${shellWord(withEnding(file, 'p12'))} -deststoretype PKCS12`,
      { otherForm: true },
    )
  }
  return keyringError(
    'it is neither PKCS#12 nor PEM, and key databases of GSKit cannot be read',
    conversion,
    { otherForm: true },
  )
}

const safKeyring = (name: string): KeyringProblem => ({
  message: `keyring ${JSON.stringify(name)} cannot be used: it is a SAF key ring of z/OS`,
  advice: 'export its certificates to a PKCS#12 file, and name the file in the property keyring',
})

/** How the contents of a `.kdb` get into a form that is read. */
const conversion = (file: string): string => {
  const [from, p12, pem] = [file, withEnding(file, 'p12'), withEnding(file, 'pem')].map(shellWord)
  return `convert it: gskcapicmd -cert -export -db ${from} -stashed -type cms -target ${p12} -target_pw <password> -target_type pkcs12; signers without a personal certificate: gskcapicmd -cert -extract -db ${from} -stashed -label <label> -target ${pem} -format ascii. Either file is taken in its place`
}

const noCertificates = (): KeyringError =>
  keyringError(
    'there is no certificate in it',
    file => `put the certificates of the signers into ${file}, or their PEM form`,
  )

/** The stash file that is named; else the property; else a stash file beside the keyring, as GSKit looks for it. */
const passwordOf =
  (file: string, stashfile: string | undefined, password: string | undefined, files: KeyFiles) =>
  async (): Promise<string | null> => {
    const path = stashfile || withEnding(file, 'sth')
    if (!stashfile && password !== undefined) return password
    try {
      return readStash(await files.read(path))
    } catch (error) {
      if (!stashfile && codeOf(error) === 'ENOENT') return null
      const advice = isKeyringError(error) ? error.advice(path) : stashAdvice(file)
      throw keyringError(`stash file ${JSON.stringify(path)}: ${reasonOf(error)}`, () => advice, {
        cause: error,
      })
    }
  }

const stashAdvice = (file: string): string =>
  `let this process read it, or write it: gskcapicmd -keydb -stashpw -db ${shellWord(file)} -pw <password> -v1stash`

const problemOf = (file: string, error: unknown): KeyringProblem => ({
  message: `keyring ${JSON.stringify(file)} cannot be used: ${reasonOf(error)}`,
  advice: isKeyringError(error)
    ? error.advice(file)
    : `put it there so that this process can read it, or beside it ${keyringFiles(file)
        .slice(1)
        .map(name => JSON.stringify(name))
        .join(' or ')}`,
})
