import type { Findings } from './findings.ts'

/** Bounds of what is read at all. A plugin-cfg.xml that somebody means to use is far inside every one of them. */
export const limits = {
  /** Elements inside each other. The format itself needs six. */
  depth: 64,
  /** Unless more bytes are allowed than usual: then one for each {@link bytesPerElement} of them. */
  elements: 500_000,
  attributes: 256,
  /** Characters of one attribute value. */
  value: 65_536,
  /** Characters of one name. */
  name: 1024,
  /** Places at which a text is not well-formed; then it is no longer read on. */
  flaws: 100,
} as const

/** Less than any element takes that says something. */
const bytesPerElement = 72

/** How many elements a file may have that may have so many bytes. */
export const mostElements = (maxBytes: number): number =>
  Math.max(limits.elements, Math.floor(maxBytes / bytesPerElement))

/** Thrown inside the scan to leave it at once; never leaves the reader. */
export class Refusal extends Error {}

const refused = 'the plug-in refuses the whole file'

/** Notes what makes a text not well-formed. */
export class Flaws {
  readonly #findings: Findings
  #malformed = 0

  constructor(findings: Findings) {
    this.#findings = findings
  }

  /** L01: not well-formed. */
  malformed(offset: number, message: string, advice: string): void {
    this.#malformed += 1
    if (this.#malformed > limits.flaws) {
      this.refuse(
        offset,
        `more than ${limits.flaws} places before this one are not well-formed XML`,
        'correct those that are listed and check again',
      )
    }
    this.error('L01', offset, message, advice)
  }

  /** An error that does not count against the limit. */
  error(code: string, offset: number, message: string, advice: string): void {
    this.#findings.addText({ code, severity: 'error', offset, message, effect: refused, advice })
  }

  warn(code: string, offset: number, message: string, effect: string, advice: string): void {
    this.#findings.addText({ code, severity: 'warning', offset, message, effect, advice })
  }

  /** An error after which nothing should be read, to keep the cost of hostile files small. */
  refuse(offset: number, message: string, advice: string, code = 'X03'): never {
    this.#findings.addText({
      code,
      severity: 'error',
      offset,
      message,
      effect: 'the file is refused and not read any further',
      advice,
    })
    throw new Refusal(message)
  }
}
