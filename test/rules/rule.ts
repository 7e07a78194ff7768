/** What kinds of ground a rule can stand on, strongest first. */
export const evidence = ['D', 'L', 'S', 'I', 'R'] as const

export type Evidence = (typeof evidence)[number]

/** One rule of the plug-in, told in our own words. */
export interface Rule {
  /** `M1`, `8.4 E1`, `format M1`, `L01`, or the number of a section such as `2.4`. */
  readonly id: string
  readonly evidence: readonly Evidence[]
  readonly text: string
  /** What to look at on a real plug-in, where the rule is inferred or recalled. */
  readonly observe?: string
  /** Why there is nothing to look at: the rule binds only us, or another one says it. */
  readonly ours?: string
  /** Why no test proves it. */
  readonly untested?: string
}

export interface RuleGroup {
  readonly title: string
  readonly rules: readonly Rule[]
}

/**
 * Reads a group of rules from text, so that a page of them reads like one:
 *
 *   M1 | D | what the rule says, over as many indented lines
 *     as it takes
 *     ? what to look at on a real plug-in
 *     = why there is nothing to look at
 *     - why no test proves it
 *
 * @throws Error on a line that fits none of these.
 */
export const ruleGroup = (title: string, text: string): RuleGroup => {
  const rules: { -readonly [K in keyof Rule]: Rule[K] }[] = []
  let field: 'text' | 'observe' | 'ours' | 'untested' = 'text'
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue
    const head = /^(\S[^|]*) \| ([DLSIR](?: [DLSIR])*) \| (.+)$/.exec(line)
    if (head !== null) {
      const [, id = '', marks = '', first = ''] = head
      rules.push({ id, evidence: marks.split(' ') as Evidence[], text: first })
      field = 'text'
      continue
    }
    const more = /^ +(?:([?=-]) )?(.+)$/.exec(line)
    const rule = rules.at(-1)
    if (more === null || rule === undefined) throw new Error(`no rule: ${line}`)
    const [, mark, words = ''] = more
    if (mark !== undefined) field = fields[mark as keyof typeof fields]
    const before = mark === undefined ? rule[field] : undefined
    rule[field] = before === undefined ? words : `${before} ${words}`
  }
  return { title, rules }
}

const fields = { '?': 'observe', '=': 'ours', '-': 'untested' } as const

/** Documented or seen: a rule that must have a test. */
export const isStrong = ({ evidence }: Rule): boolean =>
  evidence.some(mark => mark === 'D' || mark === 'L')

/** Inferred or recalled: reality may contradict it. */
export const isWeak = ({ evidence }: Rule): boolean =>
  evidence.some(mark => mark === 'I' || mark === 'R')
