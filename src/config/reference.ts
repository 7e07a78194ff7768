import { writtenDefault } from './attributes.ts'
import { otherCodes, rules } from './lint/rules.ts'
import type { AttributeSpec, ElementSpec } from './schema/spec.ts'
import { elements } from './schema.ts'

/** Where the generated part of a page begins and ends. */
export const markers = { begin: '<!-- reference:begin -->', end: '<!-- reference:end -->' } as const

/** The format and the findings as Markdown, from the same tables that the reader works with. */
export const renderReference = (): string =>
  [
    '## Elements and attributes',
    '',
    'Names of attributes and their fixed values are understood in any case, and reported when they are not spelt as here. Elements may stand in any order. What is not listed is ignored and reported.',
    '',
    ...elements.flatMap(renderElement),
    '## Findings',
    '',
    `Codes L01 to L67 are mistakes that the plug-in's users are known to make; codes beginning with X are our own. An error makes the file unusable.`,
    '',
    ...renderFindings(),
  ].join('\n')

/**
 * Puts the reference between the markers of a page, and leaves the rest of it alone.
 *
 * @throws Error when the markers are missing or in the wrong order.
 */
export const putReference = (page: string, reference: string): string => {
  const begin = page.indexOf(markers.begin)
  const end = page.indexOf(markers.end)
  if (begin === -1 || end < begin) {
    throw new Error(`the page lacks ${markers.begin} and, after it, ${markers.end}`)
  }
  return `${page.slice(0, begin + markers.begin.length)}\n\n${reference}\n${page.slice(end)}`
}

const renderElement = (spec: ElementSpec): readonly string[] => [
  `### ${spec.path}`,
  '',
  [
    spec.meaning,
    spec.single ? 'At most one.' : '',
    spec.spellings ? `Also written ${spec.spellings.map(code).join(', ')}.` : '',
    spec.inactive ? `Not active here: ${spec.inactive}.` : '',
    `Since ${spec.since}.`,
  ]
    .filter(text => text !== '')
    .join(' '),
  '',
  ...(spec.attributes.length === 0 ? [] : renderTable('Attribute', spec.attributes)),
  ...(spec.properties === undefined ? [] : renderTable('Property', spec.properties)),
]

const renderTable = (kind: string, specs: readonly AttributeSpec[]): readonly string[] =>
  table([
    [kind, 'Values', 'Default', 'Unit', 'Since', 'Meaning'],
    ...specs.map(spec => [
      code(spec.name),
      valuesOf(spec),
      defaultOf(spec),
      unitOf(spec),
      spec.since,
      meaningOf(spec),
    ]),
  ])

/** A table with columns of even width, the way the formatter of this project writes them. */
const table = (rows: readonly (readonly string[])[]): readonly string[] => {
  const cells = rows.map(row => row.map(cell => cell.replaceAll('|', '\\|')))
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(3, ...cells.map(row => row[column]?.length ?? 0)),
  )
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [head, ...body] = cells
  return [line(head ?? []), line(widths.map(width => '-'.repeat(width))), ...body.map(line), '']
}

const code = (text: string): string => `\`${text}\``

const valuesOf = (spec: AttributeSpec): string => {
  switch (spec.type) {
    case 'boolean':
      return '`true`, `false`'
    case 'enum':
      return Object.keys(spec.values).map(code).join(', ')
    case 'integer':
      return rangeOf(spec.min ?? (spec.negative === undefined ? 0 : undefined), spec.max)
    default:
      return spec.type
  }
}

const lowest = -2_147_483_648

const rangeOf = (min: number | undefined, max: number | undefined): string => {
  if (min === undefined || min === lowest) return 'whole number'
  return max === undefined ? `${min} and up` : `${min} to ${max}`
}

const defaultOf = (spec: AttributeSpec): string => {
  if (spec.required) return 'required'
  const text = writtenDefault(spec)
  return text === undefined || text === '' ? '–' : code(text)
}

const unitOf = (spec: AttributeSpec): string =>
  spec.type === 'integer' && spec.unit !== undefined ? spec.unit : '–'

const meaningOf = (spec: AttributeSpec): string => {
  const also = [...(spec.spellings ?? []), ...(spec.mistakes ?? [])]
  return [
    spec.meaning,
    also.length === 0 ? '' : `Also written ${also.map(code).join(', ')}.`,
    spec.inactive === undefined ? '' : `No effect here: ${spec.inactive}.`,
  ]
    .filter(text => text !== '')
    .join(' ')
}

const renderFindings = (): readonly string[] => {
  const found = [
    ...rules.map(({ code: name, severity, title }) => ({ name, severity, title, by: 'checked' })),
    ...otherCodes.map(({ code: name, severity, title, by }) => ({ name, severity, title, by })),
  ].toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return table([
    ['Code', 'Severity', 'Mistake', 'Reported'],
    ...found.map(({ name, severity, title, by }) => [name, severity, title, by]),
  ])
}
