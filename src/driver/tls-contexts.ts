import { getFips } from 'node:crypto'
import type { SecureContext } from 'node:tls'
import type { Settings, Transport } from '../config/model.ts'
import { KeyFiles } from './keyring/key-files.ts'
import { type Keyring, type KeyringProblem, personalCertificate, readKeyring } from './keyring.ts'
import { reasonOf } from './reason-of.ts'
import { secureContextFor } from './tls-setup.ts'

/** Something an operator should know although every transport works. */
export interface EndpointNote {
  /**
   * `KEYRING_REPLACED`: the keyring cannot be read, a file beside it is used in its place (E15). `KEYRING_KEPT`: it
   * could be read before and cannot now, what was read before stays in use. `FIPS_OFF`: FIPSEnable asks for what only a
   * switch of Node can give.
   */
  readonly code: 'KEYRING_REPLACED' | 'KEYRING_KEPT' | 'FIPS_OFF'
  readonly message: string
  readonly advice: string
}

/** Keyrings by the properties of the transports that name them. */
export type KnownKeyrings = ReadonlyMap<string, Keyring>

/** What transports with one keyring and one certificate share. */
export interface TlsContext {
  readonly context: SecureContext
  /** null: the transport names none. */
  readonly keyring: Keyring | null
}

/**
 * The keyrings of one load: each file is read once, and each pair of keyring and certificate becomes one context, which
 * is what SSLConsolidate asks of the plug-in.
 */
export class TlsContexts {
  readonly files = new KeyFiles()
  readonly #settings: Settings
  readonly #before: KnownKeyrings
  readonly #reading = new Map<string, Promise<Keyring | KeyringProblem>>()
  readonly #making = new Map<string, Promise<TlsContext | KeyringProblem>>()
  readonly #keyrings = new Map<string, Keyring>()
  readonly #notes: EndpointNote[] = []

  constructor(settings: Settings, before: KnownKeyrings) {
    this.#settings = settings
    this.#before = before
    if (settings.fipsEnable && getFips() !== 1) this.#notes.push(fipsOff)
  }

  /** All that is in use, also what was kept from before. */
  get keyrings(): KnownKeyrings {
    return this.#keyrings
  }

  get notes(): readonly EndpointNote[] {
    return this.#notes
  }

  /** For an https transport. Never fails. */
  of(transport: Transport): Promise<TlsContext | KeyringProblem> {
    const key = JSON.stringify([sourceOf(transport), transport.certLabel])
    return once(this.#making, key, () => this.#make(transport))
  }

  async #make(transport: Transport): Promise<TlsContext | KeyringProblem> {
    const strict = this.#settings.strictSecurity
    if (!transport.keyring) return { context: secureContextFor(null, null, strict), keyring: null }
    const source = sourceOf(transport)
    const keyring = await once(this.#reading, source, () => this.#read(source, transport))
    if ('message' in keyring) return keyring
    const personal = personalCertificate(keyring, transport.certLabel)
    if (personal !== null && 'message' in personal) return personal
    try {
      return { context: secureContextFor(keyring, personal, strict), keyring }
    } catch (error) {
      return {
        message: `keyring ${JSON.stringify(keyring.file)} cannot be used: ${reasonOf(error)}`,
        advice: strict
          ? 'renew its certificates with larger keys and SHA-2, or write StrictSecurity="false"'
          : 'renew its certificates',
      }
    }
  }

  async #read(source: string, transport: Transport): Promise<Keyring | KeyringProblem> {
    const found = await readKeyring(transport, this.files)
    const known = this.#before.get(source)
    if ('message' in found) {
      if (known === undefined) return found
      this.#notes.push({
        code: 'KEYRING_KEPT',
        message: `${found.message}; what was read of it before stays in use`,
        advice: found.advice,
      })
      this.#keyrings.set(source, known)
      return known
    }
    if (found.insteadOf !== null) {
      const { message, advice } = found.insteadOf
      const used = `${JSON.stringify(found.file)} is used in its place`
      this.#notes.push({ code: 'KEYRING_REPLACED', message: `${message}; ${used}`, advice })
    }
    this.#keyrings.set(source, found)
    return found
  }
}

const fipsOff: EndpointNote = {
  code: 'FIPS_OFF',
  message: 'FIPSEnable is true, but this process is not in FIPS mode',
  advice: 'start Node with --enable-fips, on an OpenSSL that has the FIPS provider',
}

const sourceOf = ({ keyring, stashfile, password }: Transport): string =>
  JSON.stringify([keyring, stashfile, password])

const once = <T>(memo: Map<string, Promise<T>>, key: string, make: () => Promise<T>) => {
  const made = memo.get(key) ?? make()
  memo.set(key, made)
  return made
}
