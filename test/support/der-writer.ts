/** Writes DER, for the keystores and certificates of tests. */
export const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts)
  const { length } = content
  const size =
    length < 0x80
      ? [length]
      : length < 0x100
        ? [0x81, length]
        : [0x82, (length >> 8) & 0xff, length & 0xff]
  if (length > 0xffff) throw new RangeError('too long for a test')
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

export const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts)
export const set = (...parts: readonly Buffer[]): Buffer => der(0x31, ...parts)
export const octets = (content: Buffer): Buffer => der(0x04, content)
export const explicit = (number: number, content: Buffer): Buffer => der(0xa0 | number, content)
export const bitString = (content: Buffer): Buffer => der(0x03, Buffer.of(0), content)
export const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text, 'utf8'))
export const utcTime = (text: string): Buffer => der(0x18, Buffer.from(text, 'latin1'))
export const bmp = (text: string): Buffer => der(0x1e, Buffer.from(text, 'utf16le').swap16())

export const integer = (value: number): Buffer => {
  const bytes = [value & 0xff]
  for (let rest = Math.floor(value / 256); rest > 0; rest = Math.floor(rest / 256)) {
    bytes.unshift(rest & 0xff)
  }
  if ((bytes[0] ?? 0) > 0x7f) bytes.unshift(0)
  return der(0x02, Buffer.from(bytes))
}

export const oid = (dotted: string): Buffer => {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes = [first * 40 + second, ...rest].flatMap(arc => {
    const digits = [arc & 0x7f]
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      digits.unshift((left & 0x7f) | 0x80)
    }
    return digits
  })
  return der(0x06, Buffer.from(bytes))
}
