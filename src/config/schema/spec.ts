/**
 * The shape of the one table that everything about plugin-cfg.xml is read from: the reader takes names, types, defaults
 * and units from it, the checks take allowed values and owners, and the generated reference prints all of it.
 */

/** What every attribute, and every `Property` with a known name, says about itself. */
interface Described {
  /** Canonical spelling. Names are understood in any case; another case is reported (E8). */
  readonly name: string
  /** Where the value goes in the model. Absent: known, but nothing here uses it. */
  readonly field?: string
  /** Other names that products write for the same thing: taken without a word. */
  readonly spellings?: readonly string[]
  /** Names that are found in files by mistake: understood, and reported (E25). */
  readonly mistakes?: readonly string[]
  readonly required?: true
  /** First release known to write or document it. */
  readonly since: string
  readonly meaning: string
  /** Why a value other than the default changes nothing in this router (E10). */
  readonly inactive?: string
  /** The value never appears in a message. */
  readonly secret?: true
}

/** Text, taken as it stands. `path` is text that names a file. */
export interface TextSpec extends Described {
  readonly type: 'text' | 'path'
  readonly default?: string
}

/** `true` or `false`. */
export interface BooleanSpec extends Described {
  readonly type: 'boolean'
  readonly default?: boolean
}

/** One of a few words. */
export interface EnumSpec extends Described {
  readonly type: 'enum'
  /** Canonical spelling in the file to value in the model. */
  readonly values: Readonly<Record<string, string>>
  /** In the model's spelling. */
  readonly default?: string
  /** Code of the finding for a spelling that is not canonical. Default L55. */
  readonly misspelt?: 'L33'
  /** A bad value has this code and makes the element unusable, instead of falling back to the default. */
  readonly misplaced?: 'L57'
}

/** A whole number, perhaps with a unit. */
export interface IntegerSpec extends Described {
  readonly type: 'integer'
  /** Unit in the file; the model has milliseconds for `s` and bytes for `KiB`. */
  readonly unit?: 's' | 'KiB' | 'bytes'
  /** As written in the file. */
  readonly default?: number
  /** Least value; default: none below zero is expected, but `negative` decides. */
  readonly min?: number
  /** Greatest value. Default 2147483647. */
  readonly max?: number
  /** What a negative number becomes: null, 0, or itself. Default: it is out of range. */
  readonly negative?: 'null' | 'zero' | 'kept'
  /** A number out of range is replaced by the nearest allowed one instead of the default. */
  readonly clamp?: true
  /** A bad value has this code and makes the element unusable, instead of falling back to the default. */
  readonly misplaced?: 'L57'
}

/** One attribute, or one known `Property` name. */
export type AttributeSpec = TextSpec | BooleanSpec | EnumSpec | IntegerSpec

/** One element, by its path. */
export interface ElementSpec {
  /** Path from the root, such as `Config/ServerCluster/Server`. */
  readonly path: string
  readonly since: string
  readonly meaning: string
  /** At most one in its parent; of several the first is used. */
  readonly single?: true
  /** Other names of the element. */
  readonly spellings?: readonly string[]
  readonly attributes: readonly AttributeSpec[]
  /** Names its `Property` children may have. */
  readonly properties?: readonly AttributeSpec[]
  /** Attributes whatever their names are accepted: the element is kept, not used. */
  readonly inactive?: string
}

type Modelled = { readonly field: string }
type Defaulted = Modelled & { readonly default: unknown }
type Doubtful = { readonly misplaced: unknown }

type ValueOf<A> = A extends { type: 'boolean' }
  ? boolean
  : A extends { type: 'enum'; values: infer V }
    ? V[keyof V]
    : A extends { type: 'integer' }
      ? A extends { negative: 'null' }
        ? number | null
        : number
      : string

/**
 * The part of a model object that a list of attributes fills: what has a default is always there, unless a bad value
 * makes its element unusable.
 */
export type FieldsOf<L extends readonly AttributeSpec[]> = {
  readonly [A in Exclude<Extract<L[number], Defaulted>, Doubtful> as A['field']]: ValueOf<A>
} & {
  readonly [A in
    | Exclude<Extract<L[number], Modelled>, Defaulted>
    | Extract<L[number], Modelled & Doubtful> as A['field']]?: ValueOf<A>
}
