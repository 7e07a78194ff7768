import { isIP } from 'node:net'
import {
  type ConnectionOptions,
  createSecureContext,
  type SecureContext,
  type SecureContextOptions,
  type TLSSocket,
} from 'node:tls'
import type { Settings, Transport } from '../config/model.ts'
import type { Keyring, PersonalCertificate } from './keyring.ts'

/** What is needed for TLS to one transport. */
export interface TlsSetup {
  readonly options: ConnectionOptions
  readonly sessions: TlsSessions
}

/**
 * The context of all transports with one keyring and one certificate: it trusts the certificates of the keyring and no
 * others, and presents the personal one. Without a keyring it trusts what Node trusts.
 *
 * StrictSecurity (SP 800-131A, plugin-cfg.md A.2): TLS 1.2 and later with approved algorithms: AES, SHA-2, the curves of
 * NIST, and keys of at least 112 bits of strength. Without it TLS 1.2 is the least too, as everywhere in Node.
 *
 * @throws Error when OpenSSL refuses a certificate or key.
 */
export const secureContextFor = (
  keyring: Keyring | null,
  personal: PersonalCertificate | null,
  strict: boolean,
): SecureContext =>
  createSecureContext({
    ...(strict && approved),
    ...(keyring !== null && { ca: keyring.certificates.map(({ value }) => value.toString()) }),
    ...(personal !== null && {
      // The certificates that issued it are sent along: OpenSSL takes them from `ca`.
      cert: personal.certificate.toString(),
      key: personal.key.export({ type: 'pkcs8', format: 'pem' }),
    }),
  })

/**
 * Whom to expect at the other end. The certificate must always be signed by a signer of the keyring. Whether it must
 * also be made out to the host name, or HostnameAlias, is said by SecureHostVerification. Without a keyring the name is
 * always compared: any site of the world has a certificate by the signers that Node trusts.
 */
export const tlsOptionsFor = (
  { hostname, hostnameAlias }: Transport,
  { secureHostVerification }: Pick<Settings, 'secureHostVerification'>,
  secureContext: SecureContext,
  hasKeyring: boolean,
): ConnectionOptions => {
  const expected = hostnameAlias || hostname
  return {
    secureContext,
    rejectUnauthorized: true,
    ALPNProtocols: ['http/1.1'],
    host: expected,
    // An address is not sent as a server name (RFC 6066), but still compared with the certificate.
    ...(isIP(expected) === 0 && { servername: expected }),
    ...(hasKeyring && !secureHostVerification && { checkServerIdentity: () => undefined }),
  }
}

const approved: SecureContextOptions = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_256_GCM_SHA384',
    'TLS_AES_128_GCM_SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'DHE-RSA-AES256-GCM-SHA384',
    'DHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-SHA384',
    'ECDHE-RSA-AES256-SHA384',
    'ECDHE-ECDSA-AES128-SHA256',
    'ECDHE-RSA-AES128-SHA256',
    '@SECLEVEL=2',
  ].join(':'),
  sigalgs: [
    'ecdsa_secp256r1_sha256',
    'ecdsa_secp384r1_sha384',
    'ecdsa_secp521r1_sha512',
    'rsa_pss_rsae_sha256',
    'rsa_pss_rsae_sha384',
    'rsa_pss_rsae_sha512',
    'rsa_pss_pss_sha256',
    'rsa_pss_pss_sha384',
    'rsa_pss_pss_sha512',
    'rsa_pkcs1_sha256',
    'rsa_pkcs1_sha384',
    'rsa_pkcs1_sha512',
  ].join(':'),
  ecdhCurve: 'P-256:P-384:P-521',
}

/**
 * The latest TLS session with one transport, so that a new stream need not begin with a full handshake. It ends with
 * the configuration: renewed certificates are looked at in full.
 */
export class TlsSessions {
  #latest: Buffer | null = null

  /** What to offer to the server. */
  get latest(): Buffer | null {
    return this.#latest
  }

  /**
   * The server has proved itself on this socket. Not before: Node compares the host name only in full handshakes, so a
   * session from one that failed would let the same server in the next time.
   */
  keep(socket: TLSSocket): void {
    // With TLS 1.3 the server sends what a session needs after the handshake, before it in earlier versions.
    if (socket.getProtocol() === 'TLSv1.3') socket.on('session', session => this.#set(session))
    else this.#set(socket.getSession() ?? null)
  }

  /** A handshake that offered it has failed. */
  forget(): void {
    this.#latest = null
  }

  #set(session: Buffer | null): void {
    this.#latest = session
  }
}
