/** One line with a value. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Family {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly samples: Sample[]
}

/** Reads the Prometheus text format 0.0.4 and rejects what a scraper could stumble over. */
export const parseExposition = (text: string): Map<string, Family> => {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const families = new Map<string, Family>()
  const seen = new Set<string>()
  let help: { readonly name: string; readonly text: string } | null = null
  let family: Family | null = null
  for (const line of text.split('\n')) {
    if (line === '') continue
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/.exec(line)
    if (comment !== null) {
      const [, kind, name = '', rest = ''] = comment
      if (kind === 'HELP') {
        if (families.has(name)) throw new Error(`${name} has two families`)
        help = { name, text: rest }
        family = null
      } else {
        if (help?.name !== name) throw new Error(`${name} has no HELP before its TYPE`)
        if (!/^(?:counter|gauge|histogram)$/.test(rest)) throw new Error(`a type: ${rest}`)
        family = { name, help: help.text, type: rest, samples: [] }
        families.set(name, family)
      }
      continue
    }
    const sample = parseSample(line)
    if (family === null) throw new Error(`no family before ${line}`)
    const { name, type } = family
    const names = type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name]
    if (!names.includes(sample.name)) throw new Error(`${sample.name} stands under ${name}`)
    const id = `${sample.name} ${JSON.stringify(Object.entries(sample.labels).sort())}`
    if (seen.has(id)) throw new Error(`${id} occurs twice`)
    seen.add(id)
    if (type !== 'gauge' && !(sample.value >= 0)) throw new Error(`${line} counts below nothing`)
    family.samples.push(sample)
  }
  for (const one of families.values()) if (one.type === 'histogram') checkHistogram(one)
  return families
}

const parseSample = (line: string): Sample => {
  const parts = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line)
  if (parts === null) throw new Error(`no sample: ${line}`)
  const [, name = '', inside = '', number = ''] = parts
  const labels: Record<string, string> = {}
  let rest = inside
  while (rest !== '') {
    const label = /^([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/.exec(rest)
    if (label === null) throw new Error(`no label: ${rest}`)
    const [whole, key = '', value = ''] = label
    if (key in labels) throw new Error(`${key} occurs twice in ${line}`)
    labels[key] = value.replace(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign))
    rest = rest.slice(whole.length)
  }
  const value = number === '+Inf' ? Infinity : Number(number)
  if (Number.isNaN(value)) throw new Error(`no number: ${line}`)
  return { name, labels, value }
}

/** Buckets are cumulative and end with one for everything. */
const checkHistogram = ({ name, samples }: Family): void => {
  const groups = new Map<string, { buckets: [number, number][]; count?: number; sum?: number }>()
  for (const { name: sampleName, labels, value } of samples) {
    const { le, ...others } = labels
    const id = JSON.stringify(Object.entries(others).sort())
    const group = groups.get(id) ?? { buckets: [] }
    groups.set(id, group)
    if (sampleName.endsWith('_bucket')) {
      group.buckets.push([le === '+Inf' ? Infinity : Number(le), value])
    } else if (sampleName.endsWith('_sum')) group.sum = value
    else group.count = value
  }
  for (const [id, { buckets, count, sum }] of groups) {
    if (sum === undefined) throw new Error(`${name} ${id} has no sum`)
    if (buckets.at(-1)?.[0] !== Infinity || buckets.at(-1)?.[1] !== count) {
      throw new Error(`${name} ${id}: the last bucket is not the count`)
    }
    for (const [index, [bound, value]] of buckets.entries()) {
      const [bound0, value0] = buckets[index - 1] ?? [-Infinity, 0]
      if (!(bound > bound0 && value >= value0)) throw new Error(`${name} ${id} does not grow`)
    }
  }
}

/** The sum of all samples of a metric whose labels have these values. */
export const sumOf = (
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number => {
  const family = families.get(name.replace(/_(?:bucket|sum|count)$/, '')) ?? families.get(name)
  if (family === undefined) throw new Error(`no metric ${name}`)
  return family.samples
    .filter(sample => sample.name === name)
    .filter(sample => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
    .reduce((sum, { value }) => sum + value, 0)
}
