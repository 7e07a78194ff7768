import { keyringError, shellWord, withEnding } from './problem.ts'

/**
 * The password in a stash file of GSKit: each byte xor 0xF5, a zero at its end, padded to 129 bytes. Files of another
 * length are read all the same, also without the zero.
 *
 * Newer GSKit encrypts the file instead unless it is told `-v1stash`; what comes out then is no text.
 *
 * @throws KeyringError
 */
export const readStash = (bytes: Buffer): string => {
  const plain = bytes.map(byte => byte ^ mask)
  const end = plain.indexOf(0)
  const password = Buffer.from(end < 0 ? plain : plain.subarray(0, end))
  // A line break that an editor has put at the end of a file without the zero.
  const text = textOf(end < 0 ? password.subarray(0, lineEnd(bytes)) : password)
  if (text === null || text === '' || (end < 0 && text.length > longest)) {
    throw keyringError(
      'it holds no password in the form that is read here',
      file =>
        `write it again: gskcapicmd -keydb -stashpw -db ${shellWord(withEnding(file, 'p12'))} -pw <password> -v1stash, or give the property password instead`,
    )
  }
  return text
}

const mask = 0xf5
const longest = 128

const lineEnd = (bytes: Buffer): number => {
  let end = bytes.length
  while (bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d) end--
  return end
}

const textOf = (bytes: Buffer): string | null => {
  if (bytes.some(byte => byte < 0x20 || byte === 0x7f)) return null
  const utf8 = bytes.toString('utf8')
  if (!utf8.includes('\ufffd')) return utf8
  // No letters stand there in Latin-1.
  return bytes.some(byte => byte >= 0x80 && byte < 0xa0) ? null : bytes.toString('latin1')
}
