import { hash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { damaged, keyringError } from './problem.ts'

/** A password in the forms that a PKCS#12 file needs, and how much may still be spent on it. */
export interface Secret {
  readonly password: string
  /** false: none is known, and the empty one stands in for it. */
  readonly known: boolean
  /** As the derivation of PKCS#12 takes it: UTF-16, high byte first, with a zero at the end. */
  bmp: Buffer
  /** Rounds of hashing left for this file; a hostile count must not stop the process. */
  rounds: number
}

/** @param rounds Java writes 10,000 for each part, OpenSSL 2,048. */
export const secretOf = (password: string | null, rounds = 4_000_000): Secret => ({
  password: password ?? '',
  known: password !== null,
  bmp: Buffer.from(`${password ?? ''}\0`, 'utf16le').swap16(),
  rounds,
})

/** A hash function, as the derivation of PKCS#12 sees it. */
export interface Hashing {
  readonly name: string
  readonly bytes: number
  readonly blockBytes: number
}

export const sha1: Hashing = { name: 'sha1', bytes: 20, blockBytes: 64 }
export const sha224: Hashing = { name: 'sha224', bytes: 28, blockBytes: 64 }
export const sha256: Hashing = { name: 'sha256', bytes: 32, blockBytes: 64 }
export const sha384: Hashing = { name: 'sha384', bytes: 48, blockBytes: 128 }
export const sha512: Hashing = { name: 'sha512', bytes: 64, blockBytes: 128 }

/** A key, or an initial vector, to derive. */
export interface WantedKey {
  readonly hashing: Hashing
  /** 1: key, 2: initial vector, 3: MAC. */
  readonly id: number
  readonly salt: Buffer
  readonly iterations: number
  readonly length: number
}

/** The key derivation of PKCS#12 itself (RFC 7292 appendix B.2). Lets others work between its rounds. */
export const pkcs12Key = async (
  { hashing, id, salt, iterations, length }: WantedKey,
  secret: Secret,
): Promise<Buffer> => {
  const { name, bytes, blockBytes } = hashing
  const blocks = Math.ceil(length / bytes)
  spend(secret, iterations * blocks)
  const purpose = Buffer.alloc(blockBytes, id)
  const input = Buffer.concat([filled(salt, blockBytes), filled(secret.bmp, blockBytes)])
  const parts: Buffer[] = []
  for (let block = 0; block < blocks; block++) {
    let digest = hash(name, Buffer.concat([purpose, input]), 'buffer')
    for (let round = 1; round < iterations; round++) {
      digest = hash(name, digest, 'buffer')
      if (round % roundsPerTurn === 0) await nextTurn()
    }
    parts.push(digest)
    addToBlocks(input, filled(digest, blockBytes), blockBytes)
  }
  return Buffer.concat(parts).subarray(0, length)
}

const roundsPerTurn = 1000

/** Repeated to whole blocks; of nothing, nothing. */
const filled = (bytes: Buffer, blockBytes: number): Buffer => {
  const filler = Buffer.alloc(Math.ceil(bytes.length / blockBytes) * blockBytes)
  return bytes.length === 0 ? filler : filler.fill(bytes)
}

/** Adds the addend and 1 to each block, as numbers of that many bytes. */
const addToBlocks = (blocks: Buffer, addend: Buffer, blockBytes: number): void => {
  for (let start = 0; start < blocks.length; start += blockBytes) {
    let carry = 1
    for (let index = blockBytes - 1; index >= 0; index--) {
      carry += (blocks[start + index] ?? 0) + (addend[index] ?? 0)
      blocks[start + index] = carry & 0xff
      carry >>= 8
    }
  }
}

/**
 * Counts rounds before they are made.
 *
 * @throws KeyringError when the file asks for more than it may.
 */
export const spend = (secret: Secret, rounds: number): void => {
  if (rounds < 1) throw damaged('an iteration count of 0')
  secret.rounds -= rounds
  if (secret.rounds < 0) {
    throw keyringError(
      'its iteration counts are too high',
      file => `write it again with fewer, such as openssl pkcs12 -export does: ${file}`,
    )
  }
}
