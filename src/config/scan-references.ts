import { isCharacter } from './characters.ts'
import type { Flaws } from './flaws.ts'
import type { Repairs } from './repair.ts'

const reference = /&(?:(?:lt|gt|amp|apos|quot)|#(\d{1,7})|#x([\da-fA-F]{1,6}));/y
const named = /&([A-Za-z_:][\w:.-]{0,63});/y

/** Checks every `&` between two offsets; those that begin no reference are repaired where repairs are asked for. */
export const checkReferences = (
  text: string,
  from: number,
  to: number,
  flaws: Flaws,
  repairs?: Repairs,
): void => {
  const piece = text.slice(from, to)
  for (let at = piece.indexOf('&'); at !== -1; at = piece.indexOf('&', at + 1)) {
    checkReference(text, from + at, flaws, repairs)
  }
}

/** One that begins no reference is repaired into `&amp;`. */
const checkReference = (
  text: string,
  offset: number,
  flaws: Flaws,
  repairs: Repairs | undefined,
): void => {
  reference.lastIndex = offset
  const match = reference.exec(text)
  if (match !== null) {
    const [whole, decimal, hex] = match
    if (decimal === undefined && hex === undefined) return
    if (isCharacter(decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)))
      return
    flaws.malformed(offset, `${whole} names no character that XML allows`, 'remove it')
  } else {
    named.lastIndex = offset
    const entity = named.exec(text)?.[1]
    if (entity === undefined) {
      flaws.malformed(offset, 'a & that begins no reference', 'write &amp; instead')
    } else {
      flaws.malformed(
        offset,
        `the entity &${entity}; is not defined`,
        'write the character itself, or &amp; for the &',
      )
    }
  }
  repairs?.insert(offset + 1, 'amp;')
}
