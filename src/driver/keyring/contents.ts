import type { KeyObject, X509Certificate } from 'node:crypto'

/** What a keyring holds, whatever its form. Nothing says which certificates are signers and which personal. */
export interface KeyringContents {
  readonly certificates: readonly Labelled<X509Certificate>[]
  readonly keys: readonly Labelled<KeyObject>[]
}

/** A certificate or key with the label that it has in the keyring (`friendlyName`), where it has one. */
export interface Labelled<T> {
  readonly value: T
  readonly label: string | null
}
