/** Ways to damage a file. Each is plain data, so that a failing input shrinks to the few that matter. */
import fc from 'fast-check'
import type { SampleFile } from './files.ts'

export type Damage =
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'byte'; readonly at: number; readonly value: number }
  | { readonly kind: 'delete'; readonly at: number; readonly length: number }
  | {
      readonly kind: 'repeat'
      readonly at: number
      readonly length: number
      readonly times: number
    }
  | { readonly kind: 'truncate'; readonly at: number }
  | { readonly kind: 'swap'; readonly at: number; readonly other: number; readonly length: number }
  | { readonly kind: 'insert'; readonly at: number; readonly text: string }
  | { readonly kind: 'value'; readonly at: number; readonly text: string }
  /** Whole lines, most of which are whole elements: what comes out is often a file that still works. */
  | { readonly kind: 'line'; readonly from: number; readonly to: number; readonly take: boolean }
  | { readonly kind: 'ends'; readonly with: string }
  | { readonly kind: 'encode'; readonly as: Encoding }

const encodings = [
  'utf-16 le with mark',
  'utf-16 le',
  'utf-16 be with mark',
  'utf-8 with mark',
  'declared utf-16',
  'declared ascii',
  'declared latin1',
  'declared nonsense',
] as const

export type Encoding = (typeof encodings)[number]

/** A file and what is done to it, in this order. */
export interface DamagedFile {
  readonly file: SampleFile
  readonly damages: readonly Damage[]
}

const markup = [
  ...['<', '>', '/', '"', "'", '&', '=', '!', '?', '[', ']', '-', ';', '#', '\0', '\r', '\n', '\t'],
  ...['<!--', '-->', '<![CDATA[', ']]>', '<?xml version="1.0"?>', '<?xml', '?>', '<!DOCTYPE a ['],
  ...[
    '<!ENTITY a "b">',
    '&amp;',
    '&#0;',
    '&#x10ffff;',
    '&a;',
    '<Config>',
    '</Config>',
    '<Config/>',
  ],
  ...['<Server', '</Server>', '<ServerCluster Name="x">', '</ServerCluster>', '<Route/>', '<Uri '],
  ...['Name=""', ' Name="x"', '<Transport/>', '<PrimaryServers>', 'xmlns="a"', '<a:b/>', '“', '😀'],
  ...['\u00a0', '\ufeff', '\u2028', '\u0085', '\u00e4', '__proto__', 'constructor'],
]

// biome-ignore lint/suspicious/noTemplateCurlyInString: placeholders are found in real files
const placeholder = '${x}'

const values = [
  ...[
    '',
    '0',
    '-1',
    '-0',
    '1e9',
    '99999999999999999999',
    '2147483648',
    '-2147483649',
    'NaN',
    'true',
  ],
  ...[
    '*',
    '**',
    '/*',
    '*/*',
    '/a/*/b/*',
    '*.jsp',
    '*:*',
    '*:',
    ':80',
    '[::1]:80',
    '[:80',
    'h:99999',
  ],
  ...[
    placeholder,
    '/%',
    '/../..',
    '/a;b',
    '/a?b',
    '//',
    'Round Robin',
    'Random',
    '__proto__',
    'toString',
  ],
  ...['a'.repeat(5000), '*'.repeat(300), '/a*'.repeat(100), '\u0000', '\ud800', '\u{1f600}', ' '],
]

const at = fc.nat(100_000)

const value = fc.record({ kind: fc.constant('value'), at, text: fc.constantFrom(...values) })
const line = fc.record({ kind: fc.constant('line'), from: at, to: at, take: fc.boolean() })

/** What mostly leaves a file that can be read. */
const gentle = fc.oneof({ arbitrary: line, weight: 2 }, value) as fc.Arbitrary<Damage>

const rough = fc.oneof(
  gentle,
  fc.record({ kind: fc.constant('flip'), at, bit: fc.nat(7) }),
  fc.record({ kind: fc.constant('byte'), at, value: fc.nat(255) }),
  fc.record({ kind: fc.constant('delete'), at, length: fc.integer({ min: 1, max: 400 }) }),
  fc.record({
    kind: fc.constant('repeat'),
    at,
    length: fc.integer({ min: 1, max: 600 }),
    times: fc.integer({ min: 1, max: 20 }),
  }),
  fc.record({ kind: fc.constant('truncate'), at }),
  fc.record({ kind: fc.constant('swap'), at, other: at, length: fc.integer({ min: 1, max: 600 }) }),
  fc.record({ kind: fc.constant('insert'), at, text: fc.constantFrom(...markup) }),
  fc.record({ kind: fc.constant('ends'), with: fc.constantFrom('\r', '\r\n', '\n', '') }),
  fc.record({ kind: fc.constant('encode'), as: fc.constantFrom(...encodings) }),
) as fc.Arbitrary<Damage>

export const damagedFiles = (files: readonly SampleFile[]): fc.Arbitrary<DamagedFile> =>
  fc.record({
    file: fc.constantFrom(...files),
    damages: fc.oneof(
      fc.array(gentle, { minLength: 1, maxLength: 3 }),
      fc.array(rough, { minLength: 1, maxLength: 6 }),
    ),
  })
