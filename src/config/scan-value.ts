import { isBlank, skipBlanks } from './characters.ts'
import { quote } from './diagnostics.ts'
import { type Flaws, limits } from './flaws.ts'
import type { Repairs } from './repair.ts'
import { checkReferences } from './scan-references.ts'

const less = 60
const greater = 62
const slash = 47
const ampersand = 38
const equals = 61

/** Walks over `="value"`; returns the offset behind it. */
export const scanValue = (
  text: string,
  nameStart: number,
  nameEnd: number,
  name: string,
  flaws: Flaws,
  repairs: Repairs,
): number => {
  const sign = skipBlanks(text, nameEnd)
  if (text.charCodeAt(sign) !== equals) {
    flaws.malformed(
      nameStart,
      `the attribute ${quote(name)} has no value`,
      `write ${name}="…", or remove it`,
    )
    repairs.remove(nameStart, nameEnd)
    return nameEnd
  }
  const open = skipBlanks(text, sign + 1)
  const mark = text[open] ?? ''
  return mark === '"' || mark === "'"
    ? quoted(text, nameStart, open, name, flaws, repairs)
    : typographic.includes(mark) && mark !== ''
      ? inTypographicQuotes(text, nameStart, open, name, flaws, repairs)
      : unquoted(text, nameStart, open, name, flaws, repairs)
}

const quoted = (
  text: string,
  nameStart: number,
  open: number,
  name: string,
  flaws: Flaws,
  repairs: Repairs,
): number => {
  const mark = text.charCodeAt(open)
  const longest = open + limits.value
  let references = false
  for (let at = open + 1; ; at += 1) {
    const code = text.charCodeAt(at)
    if (code === mark) {
      const end = closed(text, nameStart, open, at, name, flaws, repairs)
      if (references) checkReferences(text, open, end, flaws, repairs)
      return end
    }
    if (code === ampersand) references = true
    else if (code === less || at >= text.length) {
      const cut = lostQuote(text, open + 1, at)
      if (cut !== undefined || at >= text.length) {
        checkReferences(text, open, cut ?? at, flaws, repairs)
        return unclosed(text, nameStart, open, cut ?? at, name, flaws, repairs)
      }
      flaws.malformed(at, `a < inside the value of ${name}`, 'write &lt; instead')
      repairs.replace(at, at + 1, '&lt;')
    }
    if (at > longest) {
      flaws.refuse(
        nameStart,
        `the value of ${quote(name)} is longer than ${limits.value} characters`,
        'look for a missing quotation mark, or shorten it',
      )
    }
  }
}

/**
 * The value ran into another tag. If a line or a tag ends in it, its quotation mark is what is missing, and it belongs
 * before that; otherwise the `<` is meant as text.
 */
const lostQuote = (text: string, from: number, to: number): number | undefined => {
  const end = text.slice(from, to).search(/[\r\n>]/)
  if (end === -1) return undefined
  let at = from + end
  if (text[at] === '>' && at > from && text[at - 1] === '/') at -= 1
  while (at > from && isBlank(text.charCodeAt(at - 1))) at -= 1
  return at
}

/** A quotation mark was found; unless what follows shows that it opens the next value. */
const closed = (
  text: string,
  nameStart: number,
  open: number,
  close: number,
  name: string,
  flaws: Flaws,
  repairs: Repairs,
): number => {
  const next = text.charCodeAt(close + 1)
  if (isBlank(next) || next === greater || next === slash || close + 1 >= text.length) {
    return close + 1
  }
  // Name="a Port="9080": the value ends like the beginning of an attribute.
  const swallowed = /\s+[\w:.-]+\s*=\s*$/.exec(text.slice(Math.max(open + 1, close - 200), close))
  if (swallowed === null) return close + 1
  return unclosed(text, nameStart, open, close - swallowed[0].length, name, flaws, repairs)
}

const unclosed = (
  text: string,
  nameStart: number,
  open: number,
  end: number,
  name: string,
  flaws: Flaws,
  repairs: Repairs,
): number => {
  const mark = text[open] ?? '"'
  flaws.malformed(
    nameStart,
    `the value of ${name} has no closing quotation mark`,
    `write ${name}=${mark}${shown(name, text.slice(open + 1, end))}${mark}`,
  )
  repairs.insert(end, mark)
  return end
}

const unquoted = (
  text: string,
  nameStart: number,
  open: number,
  name: string,
  flaws: Flaws,
  repairs: Repairs,
): number => {
  let end = open
  while (end < text.length && end - open <= limits.value) {
    const code = text.charCodeAt(end)
    if (isBlank(code) || code === greater || code === less || code === 34 || code === 39) break
    if (code === slash && text.charCodeAt(end + 1) === greater) break
    end += 1
  }
  checkReferences(text, open, end, flaws, repairs)
  flaws.malformed(
    nameStart,
    `the value of ${name} is not in quotation marks`,
    `write ${name}="${shown(name, text.slice(open, end))}"`,
  )
  repairs.insert(open, '"')
  // Port=9080": the opening mark is what is missing.
  if (text[end] === "'") repairs.replace(end, end + 1, '"')
  else if (text[end] !== '"') repairs.insert(end, '"')
  return text[end] === '"' || text[end] === "'" ? end + 1 : end
}

const typographic = '“”„‟«»‘’‚‛″′｀´`'

const inTypographicQuotes = (
  text: string,
  nameStart: number,
  open: number,
  name: string,
  flaws: Flaws,
  repairs: Repairs,
): number => {
  let end = open + 1
  while (end < text.length && end - open <= limits.value) {
    const mark = text[end] ?? ''
    if (mark === '"' || mark === '<' || mark === '>' || typographic.includes(mark)) break
    end += 1
  }
  checkReferences(text, open, end, flaws, repairs)
  flaws.malformed(
    nameStart,
    `the value of ${name} is in typographic quotation marks`,
    `write ${name}="${shown(name, text.slice(open + 1, end))}"`,
  )
  repairs.replace(open, open + 1, '"')
  const ended = text[end] === '"' || typographic.includes(text[end] ?? '<')
  if (ended) repairs.replace(end, end + 1, '"')
  else repairs.insert(end, '"')
  return ended ? end + 1 : end
}

/** The value as advice may repeat it: passwords stand in these attributes. */
const shown = (name: string, value: string): string =>
  /^(?:value|sslpkcspassword)$/i.test(name) ? '…' : quote(value).slice(1, -1)
