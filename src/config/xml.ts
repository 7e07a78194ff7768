import { XMLParser } from 'fast-xml-parser'

/** An element of the file. */
export interface XmlElement {
  readonly name: string
  /** Values as written, references not yet replaced; keys carry {@link attributePrefix}. */
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  /** Offset of its `<` in the text that was parsed. */
  readonly offset: number
}

/**
 * Stands before every attribute name in {@link XmlElement.attributes}, so that no name in a file can meet a property
 * that objects have anyway.
 */
export const attributePrefix = '@'

/**
 * Builds the tree of a well-formed text. Comments, processing instructions and text are left out: nothing in
 * plugin-cfg.xml is text. The parser does not check what it reads, which is why `scan.ts` goes before it and hands over
 * nothing but well-formed text of bounded depth.
 *
 * @throws Error of fast-xml-parser, when the text is not well-formed after all.
 */
export const parseXml = (text: string): readonly XmlElement[] => toElements(parser.parse(text))

/** Decoded value of an attribute; undefined when the element does not have it. */
export const attributeOf = (element: XmlElement, name: string): string | undefined => {
  const raw = element.attributes[attributePrefix + name]
  return raw === undefined ? undefined : decodeValue(raw)
}

/** Names of its attributes, in the order of the file. */
export const attributeNames = (element: XmlElement): readonly string[] => {
  const names: string[] = []
  for (const key in element.attributes) names.push(key.slice(attributePrefix.length))
  return names
}

const references: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  apos: "'",
  quot: '"',
}

/** XML 1.0 §3.3.3: line breaks and tabs become blanks, then references are replaced. */
export const decodeValue = (raw: string): string => {
  const flat = /[\t\r\n]/.test(raw) ? raw.replace(/\r\n|[\t\r\n]/g, ' ') : raw
  if (!flat.includes('&')) return flat
  return flat.replace(/&(?:#x([\da-fA-F]+)|#(\d+)|(\w+));/g, (whole, hex, decimal, name) => {
    if (name !== undefined) return references[name] ?? whole
    const code = hex === undefined ? Number.parseInt(decimal, 10) : Number.parseInt(hex, 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}

// References are decoded above, in one place, and never recursively; numbers stay text. The prefix of tags keeps names
// such as `constructor` away from the parser's objects, as the one of attributes does.
const tagPrefix = '<'
const parser = new XMLParser({
  preserveOrder: true,
  captureMetaData: true,
  ignoreAttributes: false,
  attributeNamePrefix: attributePrefix,
  // Called twice for `<a/>`.
  transformTagName: name => (name.startsWith(tagPrefix) ? name : tagPrefix + name),
  ignoreDeclaration: true,
  ignorePiTags: true,
  processEntities: false,
  htmlEntities: false,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  jPath: false,
  maxNestedTags: 1000,
  tagValueProcessor: () => '',
})

const startOf = XMLParser.getMetaDataSymbol() as unknown as symbol

type Parsed = Readonly<Record<string | symbol, unknown>>

const nothing: readonly XmlElement[] = []
const noAttributes: Readonly<Record<string, string>> = {}

const toElements = (nodes: readonly Parsed[]): readonly XmlElement[] => {
  if (nodes.length === 0) return nothing
  const found: XmlElement[] = []
  for (const node of nodes) {
    for (const key in node) {
      if (!key.startsWith(tagPrefix)) continue
      found.push({
        name: key.slice(tagPrefix.length),
        attributes: (node[':@'] as Record<string, string> | undefined) ?? noAttributes,
        children: toElements(node[key] as readonly Parsed[]),
        offset: (node[startOf] as { readonly startIndex: number }).startIndex,
      })
      break
    }
  }
  return found
}
