import { readings } from './readings.ts'
import type { TestTitle } from './titles.ts'

/** Tests below this folder prove the specification made runnable, not the router. */
const referenceFolder = 'test/reference/'

/** The tests of one rule. */
export interface Proofs {
  /** Number of tests by file, of those that exercise the router. */
  readonly tests: ReadonlyMap<string, number>
  /** The same for tests of the reference that the router is compared with. */
  readonly ofReference: ReadonlyMap<string, number>
}

/** Which tests carry the number of which rule. */
export const proofsByRule = (titles: readonly TestTitle[]): ReadonlyMap<string, Proofs> => {
  const proofs = new Map<string, { tests: Map<string, number>; ofReference: Map<string, number> }>()
  for (const { file, title } of titles) {
    for (const id of idsOf(title)) {
      const known = proofs.get(id) ?? { tests: new Map(), ofReference: new Map() }
      const counts = file.startsWith(referenceFolder) ? known.ofReference : known.tests
      counts.set(file, (counts.get(file) ?? 0) + 1)
      proofs.set(id, known)
    }
  }
  return proofs
}

/** The rules that a title names, each once: those it begins with, those after a semicolon, those in brackets. */
export const idsOf = (title: string): readonly string[] => {
  const told = readings.get(title)
  if (told !== undefined) return told
  const found = new Set(leading(title))
  for (const part of title.split('; ').slice(1)) for (const id of leading(part)) found.add(id)
  for (const [, inside = ''] of title.matchAll(/\(([^)]*)\)/g)) {
    const ids = leading(inside)
    if (ids.join(' ') === inside) for (const id of ids) found.add(id)
  }
  // In the tables of weights A3 and B2 are servers with their weights.
  const ids = [...found]
  return ids.includes('3.5') ? ids.filter(id => !/^[ABC]/.test(id)) : ids
}

const leading = (text: string): string[] => {
  const ids: string[] = []
  let rest = text.replace(/^no (?=L\d\d: )/, '')
  for (;;) {
    const match = oneId.exec(rest)
    if (match === null) return ids
    ids.push(named(match[1] as string))
    rest = rest.slice(match[0].length)
  }
}

/** A number, or that of a section, and what stands between it and the next. */
const oneId = new RegExp(
  [
    '^((?:8\\.4 |format )?(?:L\\d\\d|P1?\\d|X[1-6]|[MAVCNHWFBTURKYZQE][1-9]\\d?)',
    '|§\\d(?:\\.\\d)?|(?:format )?\\d\\.\\d)(?=[\\s,;:)]|$)[\\s,:]*',
  ].join(''),
)

/** Two chapters count from 1: M10 and a bare 1.3 are of the format of the file, §1.3 is of routing. */
const named = (text: string): string => {
  if (text === 'M10' || text === '1.3' || text === '0.3') return `format ${text}`
  return text.startsWith('§') ? text.slice(1) : text
}
