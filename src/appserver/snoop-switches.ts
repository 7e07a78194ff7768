/** What a tester can make `/snoop` do, by query parameters. All of them can be combined unless noted. */
export interface Switches {
  /** `format=json`. Default text, or JSON when the request accepts that. */
  readonly format: 'json' | 'text' | null
  /** `status=200…599`: status of the answer. Default 200. */
  readonly status: number
  /** `delay=MS`: wait before the answer, 10 minutes at most. Default 0. */
  readonly delayMs: number
  /** `size=BYTES`: a body of this length instead of the facts, 1 GiB at most; null: the facts. */
  readonly sizeBytes: number | null
  /** `echo=1`: send the request body back, byte for byte, while it arrives. */
  readonly echo: boolean
  /** `cut=head`: break the connection instead of answering; `cut=body`: in the middle of the answer's body. Not with `echo`. */
  readonly cut: 'head' | 'body' | null
  /** `op=peek`: look without counting or making a session; `change`: give it a new key; `invalidate`: end it. */
  readonly op: 'count' | 'peek' | 'change' | 'invalidate'
}

/** Reads the switches; a text says what is wrong with them. Unknown parameters belong to somebody else. */
export const readSwitches = (query: URLSearchParams): Switches | string => {
  const complaints: string[] = []
  const number = (name: string, min: number, max: number): number | null => {
    const text = query.get(name)
    if (text === null) return null
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= min && value <= max) return value
    complaints.push(`${name} is '${text}'; write a number from ${min} to ${max}`)
    return null
  }
  const oneOf = <T extends string>(name: string, allowed: readonly T[]): T | null => {
    const text = query.get(name)
    const value = allowed.find(each => each === text)
    if (text !== null && value === undefined) {
      complaints.push(`${name} is '${text}'; write one of ${allowed.join(', ')}`)
    }
    return value ?? null
  }
  const switches: Switches = {
    format: oneOf('format', ['json', 'text']),
    status: number('status', 200, 599) ?? 200,
    delayMs: number('delay', 0, 600_000) ?? 0,
    sizeBytes: number('size', 0, 2 ** 30),
    echo: oneOf('echo', ['1', '0']) === '1',
    cut: oneOf('cut', ['head', 'body']),
    op: oneOf('op', ['count', 'peek', 'change', 'invalidate']) ?? 'count',
  }
  if (switches.echo && switches.cut !== null) complaints.push('echo and cut do not go together')
  return complaints.length > 0 ? complaints.join('\n') : switches
}
