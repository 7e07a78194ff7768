import { isUtf8 } from 'node:buffer'
import { quote } from './diagnostics.ts'
import type { TextFinding } from './findings.ts'

/** A text, and what there is to say about its bytes. Offsets are those of the text. */
export interface Decoded {
  readonly text: string
  readonly findings: readonly TextFinding[]
}

/**
 * Turns the bytes of a file into text, by its byte order mark or else by the encoding that its XML declaration names
 * (plugin-cfg.md §0.2). Bytes that do not fit are read as windows-1252, in which every byte means something, and
 * reported (L59): Liberty declares one encoding and writes another.
 */
export const decodeBytes = (bytes: Uint8Array): Decoded => {
  const mark = markOf(bytes)
  if (mark !== undefined) return decodeMarked(bytes, mark)
  const wide = wideWithoutMark(bytes)
  if (wide !== undefined) {
    return {
      text: decode(wide, bytes),
      findings: [
        odd(
          `the file is ${wide} without a byte order mark`,
          'it is read as such here; XML parsers need the mark',
          'save it as UTF-8',
        ),
      ],
    }
  }
  if (startsWith(bytes, [0x4c, 0x6f, 0xa7, 0x94])) return { text: '', findings: [ebcdic] }
  return decodeDeclared(bytes, declaredIn(latin1(bytes.subarray(0, 200))))
}

/** Text that came as text: only its byte order mark is looked at. */
export const decodeText = (text: string): Decoded =>
  text.startsWith('\ufeff') ? { text: text.slice(1), findings: [marked] } : { text, findings: [] }

const marked: TextFinding = {
  code: 'X01',
  severity: 'warning',
  offset: 0,
  message: 'a byte order mark stands before the XML declaration',
  effect: 'it is accepted here; strict parsers may refuse the file',
  advice: 'save the file without one',
}

const odd = (message: string, effect: string, advice: string): TextFinding => ({
  code: 'X02',
  severity: 'warning',
  offset: 0,
  message,
  effect,
  advice,
})

const ebcdic: TextFinding = {
  code: 'X02',
  severity: 'error',
  offset: 0,
  message: 'the file is in EBCDIC',
  effect: 'it cannot be read',
  advice: 'convert it: iconv -f IBM-1047 -t UTF-8 plugin-cfg.xml',
}

type Wide = 'utf-16le' | 'utf-16be'

const markOf = (bytes: Uint8Array): Wide | 'utf-8' | undefined => {
  if (startsWith(bytes, [0xef, 0xbb, 0xbf])) return 'utf-8'
  if (startsWith(bytes, [0xff, 0xfe])) return 'utf-16le'
  if (startsWith(bytes, [0xfe, 0xff])) return 'utf-16be'
  return undefined
}

const wideWithoutMark = (bytes: Uint8Array): Wide | undefined => {
  if (startsWith(bytes, [0x3c, 0, 0x3f, 0])) return 'utf-16le'
  if (startsWith(bytes, [0, 0x3c, 0, 0x3f])) return 'utf-16be'
  return undefined
}

const startsWith = (bytes: Uint8Array, beginning: readonly number[]): boolean =>
  beginning.every((byte, index) => bytes[index] === byte)

const decodeMarked = (bytes: Uint8Array, mark: Wide | 'utf-8'): Decoded => {
  const findings: TextFinding[] = [marked]
  let text: string
  try {
    text = decode(mark, bytes, true)
  } catch {
    text = decode(mark, bytes)
    const offset = Math.max(0, text.indexOf('\ufffd'))
    findings.push(undecodable(mark, offset, 'what cannot be read is replaced by U+FFFD'))
  }
  const declared = declaredIn(text.slice(0, 200))
  const same = declared === undefined || mark.startsWith(declared.toLowerCase())
  if (!same) {
    findings.push(
      odd(
        `the XML declaration says ${quote(declared)}, the byte order mark says ${mark}`,
        'the byte order mark counts',
        'make the declaration fit',
      ),
    )
  }
  return { text, findings }
}

const declaration = /^\s*<\?xml\b[^>]*?\bencoding\s*=\s*["']([\w.:-]+)["']/

const declaredIn = (beginning: string): string | undefined => declaration.exec(beginning)?.[1]

const byLabel: Readonly<Record<string, 'utf-8' | 'iso-8859-1' | 'us-ascii' | 'windows-1252'>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'iso-8859-1': 'iso-8859-1',
  'iso8859-1': 'iso-8859-1',
  iso8859_1: 'iso-8859-1',
  iso_8859_1: 'iso-8859-1',
  'iso_8859-1': 'iso-8859-1',
  latin1: 'iso-8859-1',
  'latin-1': 'iso-8859-1',
  'us-ascii': 'us-ascii',
  ascii: 'us-ascii',
  'windows-1252': 'windows-1252',
  cp1252: 'windows-1252',
}

const decodeDeclared = (bytes: Uint8Array, declared = 'utf-8'): Decoded => {
  const label = declared.toLowerCase()
  const encoding = Object.hasOwn(byLabel, label) ? byLabel[label] : undefined
  switch (encoding) {
    case 'utf-8':
      return isUtf8(bytes) ? { text: decode('utf-8', bytes), findings: [] } : mixed(bytes, declared)
    case 'iso-8859-1':
      return { text: latin1(bytes), findings: lookalike(bytes, declared) }
    case 'windows-1252':
      return { text: windows1252(bytes), findings: lookalike(bytes, declared) }
    case 'us-ascii':
      return firstHigh(bytes) === -1
        ? { text: latin1(bytes), findings: [] }
        : isUtf8(bytes)
          ? asciiBeyond(bytes, declared)
          : mixed(bytes, declared)
    default:
      return unknown(bytes, declared)
  }
}

const mixed = (bytes: Uint8Array, declared: string): Decoded => ({
  text: windows1252(bytes),
  findings: [undecodable(declared, firstBad(bytes, declared), 'the file is read as windows-1252')],
})

const asciiBeyond = (bytes: Uint8Array, declared: string): Decoded => {
  const text = decode('utf-8', bytes)
  const offset = firstHigh(bytes)
  return { text, findings: [undecodable(declared, offset, 'the file is read as UTF-8')] }
}

const undecodable = (declared: string, offset: number, effect: string): TextFinding => ({
  code: 'L59',
  severity: 'note',
  offset,
  message: `these bytes are not ${plainLabel(declared)}, which is what the file says it is in`,
  effect: `${effect}; the plug-in may refuse it, or take names for others`,
  advice: 'save the file in the encoding that its first line names',
})

const plainLabel = (declared: string): string => quote(declared).slice(1, -1)

/** ISO-8859-1 can be read from any bytes; two that make one character of UTF-8 are hardly meant so. */
const lookalike = (bytes: Uint8Array, declared: string): readonly TextFinding[] => {
  const offset = firstHigh(bytes)
  if (offset === -1 || !isUtf8(bytes)) return []
  return [
    {
      code: 'L59',
      severity: 'note',
      offset,
      message: `the file says ${plainLabel(declared)}, but its bytes look like UTF-8`,
      effect: 'it is read as it says; names with such characters are wrong',
      advice: 'write encoding="UTF-8" in the first line, or save the file as ISO-8859-1',
    },
  ]
}

const unknown = (bytes: Uint8Array, declared: string): Decoded => {
  const utf8 = isUtf8(bytes)
  return {
    text: utf8 ? decode('utf-8', bytes) : windows1252(bytes),
    findings: [
      odd(
        `nothing is known about the encoding ${quote(declared)}`,
        `the file is read as ${utf8 ? 'UTF-8' : 'windows-1252'}; the plug-in may refuse it`,
        'save it as UTF-8 and write encoding="UTF-8"',
      ),
    ],
  }
}

const decode = (encoding: string, bytes: Uint8Array, fatal = false): string =>
  new TextDecoder(encoding, { fatal }).decode(bytes)

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')

// What windows-1252 has in place of the control characters 0x80 to 0x9f. TextDecoder of Node 20 decodes it as if it were
// ISO-8859-1.
const beyondLatin1 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'

const windows1252 = (bytes: Uint8Array): string =>
  latin1(bytes).replace(
    /[\x80-\x9f]/g,
    character => beyondLatin1[character.charCodeAt(0) - 0x80] ?? character,
  )

const firstHigh = (bytes: Uint8Array): number => bytes.findIndex(byte => byte > 127)

/** Offset of the first byte that does not fit; also its offset in the text, where every byte is one character. */
const firstBad = (bytes: Uint8Array, declared: string): number => {
  if (declared.toLowerCase().includes('ascii')) return firstHigh(bytes)
  const replaced = decode('utf-8', bytes)
  return Buffer.byteLength(replaced.slice(0, replaced.indexOf('\ufffd')))
}
