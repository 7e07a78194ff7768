import type { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { reasonOf } from '../driver/reason-of.ts'
import { pemIn, problem, remarkOn } from './serve-certificates.ts'
import type { ClientFiles, NamedFile } from './serve-tls.ts'

/** Whose word counts about clients: what their connections show arrives at servers as `$WSCC` (plugin-cfg.md §3.1). */
export interface ClientTrust {
  /** The certificates of `--client-ca`, one PEM each. */
  readonly ca: readonly string[]
  /** A client without a certificate that one of them has signed is not served at all. */
  readonly required: boolean
  /** Why they do not vouch for anybody all the same. */
  readonly remarks: readonly string[]
}

/**
 * Reads the CA certificates. OpenSSL goes up to a certificate that signed itself, so that a client of an authority whose
 * own issuer is missing would be a stranger without a word; here it is said at the start.
 *
 * @param now milliseconds, for the dates in the certificates.
 * @throws InputError naming the option, the file, what is wrong with it and what to write.
 */
export const readClientCa = async (
  { ca: file, required }: ClientFiles,
  now: number,
): Promise<ClientTrust> => {
  const { certificates } = await pemIn(file)
  for (const each of certificates) checkAuthority(file, each, certificates)
  const ca = certificates.map(each => each.toString())
  try {
    createSecureContext({ ca })
  } catch (error) {
    throw problem(file, `OpenSSL refuses it: ${reasonOf(error)}`, 'write another one')
  }
  const remarks = certificates.flatMap(
    each => remarkOn(`certificate of ${nameIn(each.subject)} in ${quoted(file)}`, each, now) ?? [],
  )
  return { ca, required, remarks }
}

const checkAuthority = (
  file: NamedFile,
  one: X509Certificate,
  certificates: readonly X509Certificate[],
): void => {
  if (one.checkIssued(one)) return
  if (!one.ca) {
    throw problem(
      file,
      `the certificate of ${nameIn(one.subject)} in it is not a CA certificate`,
      'write the certificate of its issuer in its place',
    )
  }
  if (certificates.some(each => one.checkIssued(each))) return
  throw problem(
    file,
    `the certificate of ${nameIn(one.subject)} in it was issued by ${nameIn(one.issuer)}, whose certificate is not in it`,
    'write that one into the file too, and so on up to one that signed itself',
  )
}

/** A distinguished name on one line. */
const nameIn = (name: string | undefined): string =>
  JSON.stringify((name ?? '').split('\n').join(', '))

const quoted = ({ path }: NamedFile): string => JSON.stringify(path)
