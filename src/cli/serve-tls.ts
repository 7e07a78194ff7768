import type { Arguments, Options } from './arguments.ts'
import { UsageError } from './io.ts'

const requiredOption = 'client-cert-required'

/** The options of `serve` for the certificate of its TLS ports, and those of their clients. */
export const tlsOptions: Options = {
  cert: {
    value: 'FILE',
    help: 'certificate for the TLS ports, with those that issued it behind it, as PEM',
  },
  key: { value: 'FILE', help: 'its private key, as PEM; may be the same file' },
  pfx: { value: 'FILE', help: 'both in one PKCS#12 file, in the place of --cert and --key' },
  'passphrase-file': {
    value: 'FILE',
    help: 'its first line opens an encrypted --key or --pfx; a stash file (.sth) will do',
  },
  'client-ca': {
    value: 'FILE',
    help: 'CA certificates, as PEM: clients are asked for a certificate, and one that these have signed goes to the servers as $WSCC; others are served without',
  },
  [requiredOption]: {
    help: 'refuse TLS connections of clients without a certificate that --client-ca has signed',
  },
}

/** Where the certificate and the key of the TLS ports are. */
export interface IdentityFiles {
  readonly certificate: NamedFile
  /** The same as `certificate` for PKCS#12. */
  readonly key: NamedFile
  /** undefined: the key is not encrypted. */
  readonly passphrase: NamedFile | undefined
  /** undefined: clients are not asked for certificates. */
  readonly clients: ClientFiles | undefined
}

/** Whose certificates of clients are believed. */
export interface ClientFiles {
  readonly ca: NamedFile
  /** Clients that have none are refused. */
  readonly required: boolean
}

/** A file, and the option that named it. */
export interface NamedFile {
  readonly option: '--cert' | '--key' | '--pfx' | '--passphrase-file' | '--client-ca'
  readonly path: string
}

/**
 * @param hasPort whether there is a TLS port at all.
 * @returns undefined: there is none. @throws UsageError
 */
export const identityFiles = (
  args: Arguments<Options>,
  hasPort: boolean,
): IdentityFiles | undefined => {
  const given = Object.keys(tlsOptions).filter(name => args.has(name))
  if (!hasPort) {
    if (given[0] === undefined) return undefined
    throw new UsageError(`--${given[0]} is for TLS ports, which --tls-port PORT opens; write both`)
  }
  const empty = given.find(name => name !== requiredOption && args.value(name) === '')
  if (empty !== undefined) throw new UsageError(`--${empty} is empty; write the path of a file`)
  const named = (option: NamedFile['option']): NamedFile | undefined => {
    const path = args.value(option.slice(2))
    return path === undefined ? undefined : { option, path }
  }
  const [certificate, key, pfx] = [named('--cert'), named('--key'), named('--pfx')]
  const passphrase = named('--passphrase-file')
  const clients = clientFiles(named('--client-ca'), args.has(requiredOption))
  if (pfx !== undefined) {
    const other = certificate ?? key
    if (other === undefined) return { certificate: pfx, key: pfx, passphrase, clients }
    throw new UsageError(
      `${other.option} and --pfx name two certificates; write --cert and --key, or --pfx alone`,
    )
  }
  if (certificate !== undefined && key !== undefined) {
    return { certificate, key, passphrase, clients }
  }
  throw new UsageError(
    certificate === undefined && key === undefined
      ? '--tls-port needs a certificate; write --cert FILE and --key FILE, or --pfx FILE'
      : `${certificate === undefined ? '--cert' : '--key'} FILE is missing for --tls-port; write it too`,
  )
}

const clientFiles = (ca: NamedFile | undefined, required: boolean): ClientFiles | undefined => {
  if (ca !== undefined) return { ca, required }
  if (!required) return undefined
  throw new UsageError(
    `--${requiredOption} needs to know who may sign certificates of clients; write --client-ca FILE too`,
  )
}
