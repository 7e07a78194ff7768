import { decodeBytes, decodeText } from './encoding.ts'
import { Findings } from './findings.ts'
import { mostElements } from './flaws.ts'
import { createLocator } from './lines.ts'
import type { Vocabulary } from './open-elements.ts'
import type { Repaired } from './repair.ts'
import { scanXml } from './scan.ts'
import type { Comment } from './scan-markup.ts'
import { childrenOf, elementsNamed, fits } from './schema.ts'
import { Attributes, parseXml, type XmlElement } from './xml.ts'

/** A file as elements, with the collector that knows where they stand in it. */
export interface Document {
  /** The root, and whatever stands beside it. */
  readonly roots: readonly XmlElement[]
  readonly comments: readonly Comment[]
  readonly findings: Findings
}

/** Turns a text or the bytes of a file into elements. What is wrong with it is in the findings, which are complete. */
export const readDocument = (
  input: string | Uint8Array,
  options: { readonly file?: string | undefined; readonly maxBytes: number },
): Document => {
  const { file, maxBytes } = options
  if (input.length > maxBytes) return refuseLarge(options)
  const { text, findings: encoding } =
    typeof input === 'string' ? decodeText(input) : decodeBytes(input)
  let repaired: Repaired | undefined
  let beginning = 0
  const findings = new Findings({
    file,
    locate: createLocator(text),
    offsetOf: (element, attribute) => {
      if (repaired === undefined) return 0
      // What is only thought to be there has the position at which it might be.
      if (element.text !== repaired.text) return repaired.toOriginal(beginning)
      return repaired.toOriginal(
        attribute === undefined ? element.offset : offsetOfAttribute(element, attribute),
      )
    },
  })
  for (const finding of encoding) findings.addText(finding)
  if (encoding.some(finding => finding.severity === 'error'))
    return { roots: [], comments: [], findings }
  const scanned = scanXml(text, vocabulary, findings, mostElements(maxBytes))
  if (scanned === undefined) return { roots: [], comments: [], findings }
  const { comments } = scanned
  repaired = scanned.repaired
  beginning = scanned.beginning
  try {
    return { roots: parseXml(repaired.text), comments, findings }
  } catch (cause) {
    // The scan and the parser disagree about what is well-formed: a fault of ours, reported as one finding.
    findings.addText({
      code: 'L01',
      severity: 'error',
      offset: 0,
      message: `the file cannot be parsed: ${cause instanceof Error ? cause.message : String(cause)}`,
      effect: 'the file is refused',
      advice: 'check it with another XML tool',
    })
    return { roots: [], comments: [], findings }
  }
}

/** The answer to a file that is too large to be looked at. */
export const refuseLarge = (options: {
  readonly file?: string | undefined
  readonly maxBytes: number
}): Document => {
  const { file, maxBytes } = options
  const findings = new Findings({ file, locate: createLocator(''), offsetOf: () => 0 })
  findings.addText({
    code: 'X03',
    severity: 'error',
    offset: 0,
    message: `the file is larger than ${maxBytes} bytes`,
    effect: 'it is refused and not read',
    advice: 'name a plugin-cfg.xml; if it is one, raise the limit',
  })
  return { roots: [], comments: [], findings }
}

const vocabulary: Vocabulary = {
  fits,
  isLeaf: name => {
    const known = elementsNamed(name)
    return known.length > 0 && known.every(spec => childrenOf(spec).size === 0)
  },
}

/** Looks for an attribute in a start tag. Positions are only worth that work when one is shown. */
const offsetOfAttribute = (element: XmlElement, name: string): number => {
  const attributes = new Attributes(element)
  while (attributes.next()) if (attributes.isNamed(name)) return attributes.offset
  return element.offset
}
