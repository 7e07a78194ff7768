import { beginsName, endOfName, isBlank, skipBlanks } from './characters.ts'
import { quote } from './diagnostics.ts'
import { type Flaws, limits } from './flaws.ts'
import { Repairs } from './repair.ts'
import { scanValue } from './scan-value.ts'

/** How a start tag ended: after its `>`, after `/>`, or before something that cannot be in a tag. */
export interface TagEnd {
  readonly offset: number
  readonly kind: 'open' | 'closed' | 'broken'
}

/**
 * Walks over the attributes of a start tag, from behind its name. Whatever is not well-formed is noted and repaired:
 * missing quotation marks are put in, what makes no sense is taken out.
 */
export const scanAttributes = (
  text: string,
  from: number,
  flaws: Flaws,
  repairs: Repairs,
): TagEnd => {
  const names: string[] = []
  let many: Set<string> | undefined
  let at = from
  // Junk is replaced by a blank: what follows it is not asked for one.
  let junk = false
  for (;;) {
    const start = skipBlanks(text, at)
    const code = text.charCodeAt(start)
    if (code === greater) return { offset: start + 1, kind: 'open' }
    if (code === slash && text.charCodeAt(start + 1) === greater) {
      return { offset: start + 2, kind: 'closed' }
    }
    if (code === less || start >= text.length) return { offset: start, kind: 'broken' }
    if (!beginsName(code)) {
      at = skipJunk(text, start, flaws, repairs)
      junk = true
      continue
    }
    const end = endOfName(text, start)
    const name = text.slice(start, end)
    checkName(name, start, flaws)
    if (start === at && !junk) {
      flaws.malformed(start, `no blank before the attribute ${quote(name)}`, 'write a blank there')
      repairs.insert(start, ' ')
    }
    junk = false
    if (many?.has(name) || (many === undefined && names.includes(name))) {
      flaws.malformed(
        start,
        `the attribute ${name} is there twice in one element`,
        'keep one of them',
      )
      // Its value is looked at for what is wrong with it, and then taken out whole.
      at = scanValue(text, start, end, name, flaws, new Repairs())
      repairs.remove(start, at)
      continue
    }
    names.push(name)
    if (names.length === 12) many = new Set(names)
    many?.add(name)
    if (names.length > limits.attributes) {
      flaws.refuse(
        start,
        `an element has more than ${limits.attributes} attributes`,
        'look for a missing quotation mark or a missing > before this place',
      )
    }
    at = scanValue(text, start, end, name, flaws, repairs)
  }
}

/** Refuses names of absurd length. */
export const checkName = (name: string, offset: number, flaws: Flaws): void => {
  if (name.length > limits.name) {
    flaws.refuse(offset, `a name of more than ${limits.name} characters`, 'shorten it')
  }
}

const less = 60
const greater = 62
const slash = 47

const skipJunk = (text: string, start: number, flaws: Flaws, repairs: Repairs): number => {
  let end = start + 1
  while (end < text.length) {
    const code = text.charCodeAt(end)
    if (isBlank(code) || code === greater || code === less || beginsName(code)) break
    if (code === slash && text.charCodeAt(end + 1) === greater) break
    end += 1
  }
  flaws.malformed(start, `${quote(text.slice(start, end))} inside a tag`, 'remove it')
  repairs.replace(start, end, ' ')
  return end
}
