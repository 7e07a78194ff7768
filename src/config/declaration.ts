import { skipBlanks } from './characters.ts'

/** Offset behind a declaration or an instruction that may lack its `?>`. */
export const endOfDeclaration = (text: string, start: number): number => {
  for (let at = start + 2; at < text.length; at += 1) {
    const mark = text[at]
    if (mark === '>') return at + 1
    if (mark === '<') return at
  }
  return text.length
}

const declarationParts = [
  /<\?xml/y,
  /[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"1\.\d+"|'1\.\d+')/y,
  /(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:"[A-Za-z][\w.-]*"|'[A-Za-z][\w.-]*'))?/y,
  /(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?/y,
  /[ \t\r\n]*\?>/y,
]

/** Offset at which a declaration stops being one; undefined when it is all right. */
export const faultIn = (text: string, start: number, end: number): number | undefined => {
  let at = start
  for (const part of declarationParts) {
    part.lastIndex = at
    const match = part.exec(text)
    if (match === null || at + match[0].length > end) {
      const fault = skipBlanks(text, at)
      // Point into version-"1.0" behind the word that is right.
      const word = /^(?:version|encoding|standalone)\s*/.exec(text.slice(fault, fault + 20))
      return word === null ? fault : fault + word[0].length
    }
    at += match[0].length
  }
  return undefined
}
