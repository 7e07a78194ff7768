import { type FieldKind, kindOf } from './field-kinds.ts'

/**
 * The field lines of the last answer of a server. Most fields of the next one are the same, in the same places; to compare
 * short ones byte by byte costs a fraction of what it costs to make new texts of them and to tell their kinds.
 */
export class RepeatedFields {
  readonly #known: KnownField[] = []

  /** One field of a raw list; it is good until the next answer is read. */
  at(raw: readonly Buffer[], index: number): KnownField {
    let field = this.#known[index]
    if (field === undefined) {
      field = new KnownField()
      if (index < mostKnown) this.#known.push(field)
    }
    field.become(raw[index * 2] as Buffer, raw[index * 2 + 1] as Buffer)
    return field
  }
}

export class KnownField {
  name = ''
  kind: FieldKind = 'end-to-end'
  value = ''

  become(name: Buffer, value: Buffer): void {
    if (!says(name, this.name)) {
      this.name = name.toString('latin1')
      this.kind = kindOf(this.name)
    }
    if (!says(value, this.value)) this.value = value.toString('latin1')
  }
}

/** A long text is compared at the same cost as made anew, at best. */
const says = (bytes: Buffer, text: string): boolean => {
  const { length } = bytes
  if (length !== text.length || length > longestCompared) return false
  for (let i = 0; i < length; i++) if (bytes[i] !== text.charCodeAt(i)) return false
  return true
}

const longestCompared = 64

/** An answer with more fields is seldom; what is beyond is read anew each time. */
const mostKnown = 64
