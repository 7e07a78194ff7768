import { damaged } from './problem.ts'

/**
 * Just enough of BER and DER (X.690) to find the parts of a PKCS#12 file. Every length is compared with what is there,
 * and nothing is copied but the pieces of a divided string.
 */
export interface Element {
  /** Identifier byte: class, constructed bit and number. */
  readonly tag: number
  readonly content: Buffer
}

export const tags = {
  integer: 0x02,
  octets: 0x04,
  oid: 0x06,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
  /** [0], constructed: an explicit wrapping, or a divided string. */
  wrapped: 0xa0,
  /** [0], primitive: an implicit string. */
  implicit: 0x80,
} as const

/** A single element that fills the bytes. @throws KeyringError */
export const elementOf = (bytes: Buffer): Element => {
  const { element, end } = readElement(bytes, 0, 0)
  // Some tools pad the file; nothing but zeros may follow.
  if (bytes.subarray(end).some(byte => byte !== 0)) throw damaged('something follows its end')
  return element
}

/** The elements inside one. @throws KeyringError when it has another tag. */
export const childrenOf = (element: Element | undefined, tag: number): readonly Element[] => {
  const { content } = expectTag(element, tag)
  const children: Element[] = []
  for (let at = 0; at < content.length; ) {
    const { element: child, end } = readElement(content, at, 0)
    children.push(child)
    at = end
  }
  return children
}

/** The one element in an explicit wrapping. @throws KeyringError */
export const unwrap = (element: Element | undefined): Element => {
  const [inner, ...more] = childrenOf(element, tags.wrapped)
  if (inner === undefined || more.length > 0) throw damaged('a wrapping with not one element in it')
  return inner
}

/** The bytes of an octet string, also when it is divided into several. @throws KeyringError */
export const octetsOf = (element: Element | undefined, depth = 0): Buffer => {
  if (element?.tag === tags.octets || element?.tag === tags.implicit) return element.content
  const divided = element?.tag === (tags.octets | constructed) || element?.tag === tags.wrapped
  if (element === undefined || !divided || depth > deepest) throw damaged('no octet string')
  return Buffer.concat(childrenOf(element, element.tag).map(part => octetsOf(part, depth + 1)))
}

/** A whole number that fits into 6 bytes and is not negative. @throws KeyringError */
export const integerOf = (element: Element | undefined): number => {
  const { content } = expectTag(element, tags.integer)
  if (content.length === 0 || content.length > 6 || content.readInt8(0) < 0) {
    throw damaged('a number that is out of range')
  }
  return content.readUIntBE(0, content.length)
}

/** An object identifier in dotted form. @throws KeyringError */
export const oidOf = (element: Element | undefined): string => {
  const { content } = expectTag(element, tags.oid)
  if (content.length > longestOid) throw damaged('an identifier that is too long')
  const arcs: number[] = []
  let arc = 0
  for (const byte of content) {
    arc = arc * 128 + (byte & 0x7f)
    if (byte & 0x80) continue
    if (arcs.length > 0) arcs.push(arc)
    else arcs.push(Math.min(Math.floor(arc / 40), 2), arc - 40 * Math.min(Math.floor(arc / 40), 2))
    arc = 0
  }
  return arcs.join('.')
}

const constructed = 0x20
const deepest = 16
const longestOid = 64

const expectTag = (element: Element | undefined, tag: number): Element => {
  if (element === undefined) throw damaged('a part is missing')
  if (element.tag !== tag) throw damaged(`found ${hex(element.tag)} where ${hex(tag)} belongs`)
  return element
}

const hex = (byte: number): string => `0x${byte.toString(16).padStart(2, '0')}`

interface Read {
  readonly element: Element
  /** Where the next element begins. */
  readonly end: number
}

const readElement = (bytes: Buffer, at: number, depth: number): Read => {
  const tag = bytes[at]
  const first = bytes[at + 1]
  if (tag === undefined || first === undefined || depth > deepest)
    throw damaged('it ends too early')
  if ((tag & 0x1f) === 0x1f) throw damaged('a tag of several bytes')
  if (first === 0x80) return readIndefinite(bytes, at, tag, depth)
  const count = first < 0x80 ? 0 : first & 0x7f
  const start = at + 2 + count
  if (count > 4 || start > bytes.length) throw damaged('a length that is too large')
  const length = count === 0 ? first : bytes.readUIntBE(at + 2, count)
  const end = start + length
  if (end > bytes.length) throw damaged('it ends too early')
  return { element: { tag, content: bytes.subarray(start, end) }, end }
}

/** An element without a length ends with two zero bytes after its last child. */
const readIndefinite = (bytes: Buffer, at: number, tag: number, depth: number): Read => {
  if ((tag & constructed) === 0) throw damaged('a string without a length')
  let next = at + 2
  while (bytes[next] !== 0 || bytes[next + 1] !== 0) {
    next = readElement(bytes, next, depth + 1).end
  }
  return { element: { tag, content: bytes.subarray(at + 2, next) }, end: next + 2 }
}
