/**
 * Character classes of XML 1.0, as far as names and blanks go. Left out of the names: U+FEFF and U+1680, which XML
 * allows there and JavaScript takes for blanks.
 */

const nameStart =
  ':A-Z_a-z\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02ff\\u0370-\\u037d\\u037f-\\u167f\\u1681-\\u1fff\\u200c\\u200d\\u2070-\\u218f\\u2c00-\\u2fef\\u3001-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\ufefe\\uff00-\\ufffd'
const startPattern = new RegExp(`[${nameStart}]`)
const namePattern = new RegExp(`[${nameStart}\\-.0-9\\u00b7\\u0300-\\u036f\\u203f\\u2040]`)

const ascii = (pattern: RegExp): Uint8Array =>
  Uint8Array.from({ length: 128 }, (_, code) => Number(pattern.test(String.fromCharCode(code))))

const asciiStart = ascii(startPattern)
const asciiName = ascii(namePattern)

/** Whether a name may begin with this UTF-16 code unit. NaN, the code past the end of a text, is none. */
export const beginsName = (code: number): boolean =>
  code < 128 ? asciiStart[code] === 1 : startPattern.test(String.fromCharCode(code))

const continuesName = (code: number): boolean =>
  code < 128 ? asciiName[code] === 1 : namePattern.test(String.fromCharCode(code))

/** Offset after the name that begins at this offset. */
export const endOfName = (text: string, from: number): number => {
  let end = from + 1
  // NaN, past the end, continues no name.
  while (continuesName(text.charCodeAt(end))) end += 1
  return end
}

/** Blank, tab, line feed or carriage return. */
export const isBlank = (code: number): boolean =>
  code === 32 || code === 10 || code === 9 || code === 13

/** Offset of the next character that is not blank. */
export const skipBlanks = (text: string, from: number): number => {
  let end = from
  while (isBlank(text.charCodeAt(end))) end += 1
  return end
}

/** Characters that no XML document may contain, not even as a reference; halves of surrogate pairs among them. */
export const illegal =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
  /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** Whether a character reference may name this code point. */
export const isCharacter = (code: number): boolean =>
  code === 9 ||
  code === 10 ||
  code === 13 ||
  (code >= 0x20 && code <= 0xd7ff) ||
  (code >= 0xe000 && code <= 0xfffd) ||
  (code >= 0x10000 && code <= 0x10ffff)
