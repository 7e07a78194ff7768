import { beginsName, endOfName, isBlank } from './characters.ts'
import { endOfDeclaration } from './declaration.ts'
import { quote } from './diagnostics.ts'
import type { Flaws } from './flaws.ts'
import type { Repairs } from './repair.ts'

/** A comment: generators write into them what they could not find. */
export interface Comment {
  readonly text: string
  readonly offset: number
}

/** What the functions here have in common. Each looks at the markup that begins at an offset and returns its end. */
export interface Markup {
  readonly text: string
  readonly flaws: Flaws
  readonly repairs: Repairs
  /** The first hundred, each cut after 400 characters. */
  readonly comments: Comment[]
  /** false once no `?>` is left: what was searched in vain is not searched again for every `<?`. */
  instructionsEnd: boolean
}

/** `<!-- … -->`. */
export const scanComment = (markup: Markup, start: number): number => {
  const { text, flaws, comments } = markup
  const close = text.indexOf('-->', start + 4)
  if (close === -1) {
    return toTheEnd(markup, start, 'a comment that is never closed', 'write --> where it ends')
  }
  const dashes = text.slice(start + 4, close + 1).indexOf('--')
  if (dashes !== -1) {
    flaws.malformed(
      start + 4 + dashes,
      '"--" inside a comment',
      'write one - or something else; comments cannot contain comments',
    )
  }
  if (comments.length < 100) {
    comments.push({ text: text.slice(start, Math.min(close, start + 400)), offset: start })
  }
  return close + 3
}

/** `<![CDATA[ … ]]>`, which is text like any other. */
export const scanCdata = (markup: Markup, start: number, outside: boolean): number => {
  const { text, flaws, repairs } = markup
  const close = text.indexOf(']]>', start + 9)
  if (close === -1) {
    return toTheEnd(markup, start, 'a CDATA section that is never closed', 'write ]]> at its end')
  }
  if (outside) {
    flaws.malformed(start, 'a CDATA section outside the root element', 'remove it')
    repairs.remove(start, close + 3)
  } else {
    flaws.warn(
      'X05',
      start,
      'text between elements, in a CDATA section',
      'it means nothing and is ignored',
      'remove it',
    )
  }
  return close + 3
}

/** `<!DOCTYPE … >`, refused (E18): nothing writes one, and its entities are an attack. */
export const scanDoctype = (markup: Markup, start: number): number => {
  const { text, flaws, repairs } = markup
  const advice = 'remove <!DOCTYPE …>; no product writes one'
  const rest = /[[<>]/g
  rest.lastIndex = start + 2
  const end = rest.exec(text)
  if (end === null || end[0] !== '>') {
    markup.flaws.refuse(
      start,
      'a document type declaration with definitions of its own',
      advice,
      'X04',
    )
  }
  flaws.error('X04', start, 'a document type declaration', advice)
  repairs.remove(start, end.index + 1)
  return end.index + 1
}

/** `<!` and something else. */
export const scanOther = (markup: Markup, start: number): number => {
  const { text, flaws, repairs } = markup
  const close = text.indexOf('>', start)
  flaws.malformed(
    start,
    `${quote(text.slice(start, start + 20))} is neither a comment nor a CDATA section`,
    'remove it',
  )
  const end = close === -1 ? text.length : close + 1
  repairs.remove(start, end)
  return end
}

/** `<? … ?>`. Taken out in any case: the parser would look for quotation marks in it. */
export const scanInstruction = (markup: Markup, start: number): number => {
  const { text, flaws, repairs } = markup
  const close = markup.instructionsEnd ? text.indexOf('?>', start + 2) : -1
  if (close === -1) markup.instructionsEnd = false
  const end = close === -1 ? endOfDeclaration(text, start) : close + 2
  const nameStart = start + 2
  const nameEnd = beginsName(text.charCodeAt(nameStart)) ? endOfName(text, nameStart) : nameStart
  if (close === -1) {
    flaws.malformed(start, 'a processing instruction that does not end', 'write ?> at its end')
  } else if (nameEnd === nameStart || !(nameEnd === close || isBlank(text.charCodeAt(nameEnd)))) {
    flaws.malformed(
      start,
      `${quote(text.slice(start, Math.min(end, start + 20)))} is no processing instruction`,
      'if it is the XML declaration, write <?xml version="1.0" encoding="UTF-8"?>',
    )
  } else if (/^<\?xml[ \t\r\n?]/i.test(text.slice(start, start + 6))) {
    flaws.malformed(
      start,
      'an XML declaration that is not at the beginning of the file',
      'remove it, or what stands before it',
    )
  }
  repairs.remove(start, end)
  return end
}

const toTheEnd = (markup: Markup, start: number, message: string, advice: string): number => {
  const { text, flaws, repairs } = markup
  flaws.malformed(start, message, advice)
  repairs.remove(start, text.length)
  return text.length
}
