/**
 * Reads HTTP/1.1 byte for byte and as narrowly as RFC 9112 allows. What another reader could understand in a second way is
 * reported as a fault, so that nothing that passes here can be smuggled past anybody.
 */
export interface Message {
  /** Request line or status line. */
  readonly start: string
  readonly fields: readonly Field[]
  readonly body: string
  readonly trailers: readonly Field[]
  /** How the end of the body is known. */
  readonly framing: 'none' | 'length' | 'chunked' | 'close'
}

export type Field = readonly [name: string, value: string]

export interface Reading {
  readonly messages: readonly Message[]
  /** Bytes behind the last whole message. */
  readonly rest: string
  readonly faults: readonly string[]
}

/** Requests on one connection. */
export const readRequests = (bytes: string): Reading =>
  readAll(bytes, head => ({
    fault: requestLine.test(head) ? null : 'request line',
    bodiless: false,
    byClose: false,
    interim: false,
  }))

/**
 * Answers on one connection.
 *
 * @param methods of the requests in their order; GET where there are fewer.
 */
export const readAnswers = (bytes: string, methods: readonly string[] = []): Reading => {
  let final = 0
  return readAll(bytes, head => {
    const status = Number(statusLine.exec(head)?.[1])
    const interim = status < 200 && status !== 101
    const method = methods[final] ?? 'GET'
    if (!interim) final++
    return {
      fault: Number.isNaN(status) ? 'status line' : null,
      bodiless: method === 'HEAD' || status < 200 || status === 204 || status === 304,
      byClose: true,
      interim,
    }
  })
}

/** Status of an answer. */
export const statusOf = ({ start }: Message): number => Number(start.split(' ')[1])

/** Values of a field, in order. */
export const valuesOf = (message: Message | undefined, name: string): readonly string[] =>
  (message?.fields ?? [])
    .filter(([each]) => each.toLowerCase() === name.toLowerCase())
    .map(([, value]) => value)

interface Verdict {
  readonly fault: string | null
  readonly bodiless: boolean
  readonly byClose: boolean
  readonly interim: boolean
}

const readAll = (bytes: string, judge: (start: string) => Verdict): Reading => {
  const messages: Message[] = []
  const faults: string[] = []
  let rest = bytes
  for (;;) {
    const end = rest.indexOf('\r\n\r\n')
    if (end < 0) return { messages, rest, faults }
    const [start = '', ...lines] = rest.slice(0, end).split('\r\n')
    const verdict = judge(start)
    if (verdict.fault !== null) faults.push(`${verdict.fault}: ${start}`)
    const fields = lines.map(line => readField(line, faults))
    const body = readBody(rest.slice(end + 4), fields, verdict, faults)
    if (body === null) return { messages, rest, faults }
    messages.push({ start, fields, ...body.read })
    rest = body.rest
    if (/^HTTP\/1\.1 101 /.test(start)) return { messages, rest, faults }
  }
}

const readField = (line: string, faults: string[]): Field => {
  const match = field.exec(line)
  if (match === null) faults.push(`field: ${JSON.stringify(line)}`)
  return [match?.[1] ?? '', match?.[2] ?? '']
}

type Read = Pick<Message, 'body' | 'trailers' | 'framing'>

const readBody = (
  bytes: string,
  fields: readonly Field[],
  { bodiless, byClose }: Verdict,
  faults: string[],
): { readonly read: Read; readonly rest: string } | null => {
  const of = (name: string) => fields.filter(([each]) => each.toLowerCase() === name)
  const lengths = of('content-length')
  const codings = of('transfer-encoding')
  if (lengths.length + codings.length > 1) faults.push('more than one framing')
  const none = { body: '', trailers: [] }
  if (bodiless) return { read: { ...none, framing: 'none' }, rest: bytes }
  if (codings.length > 0) {
    if (codings[0]?.[1].toLowerCase() !== 'chunked') faults.push(`coding ${codings[0]?.[1]}`)
    return readChunks(bytes, faults)
  }
  const length = lengths[0]?.[1]
  if (length === undefined) {
    if (byClose) return { read: { ...none, body: bytes, framing: 'close' }, rest: '' }
    return { read: { ...none, framing: 'none' }, rest: bytes }
  }
  if (!/^\d{1,15}$/.test(length)) faults.push(`length ${length}`)
  const size = Number(length)
  if (bytes.length < size) return null
  return {
    read: { ...none, body: bytes.slice(0, size), framing: 'length' },
    rest: bytes.slice(size),
  }
}

const readChunks = (bytes: string, faults: string[]) => {
  let body = ''
  let at = 0
  for (;;) {
    const end = bytes.indexOf('\r\n', at)
    if (end < 0) return null
    const size = bytes.slice(at, end)
    if (!/^[0-9a-f]{1,8}$/i.test(size)) {
      faults.push(`chunk size ${JSON.stringify(size.slice(0, 40))}`)
      return null
    }
    const length = Number.parseInt(size, 16)
    if (length === 0) return readTrailers(bytes.slice(end + 2), body, faults)
    if (bytes.length < end + 2 + length + 2) return null
    body += bytes.slice(end + 2, end + 2 + length)
    if (bytes.slice(end + 2 + length, end + 4 + length) !== '\r\n') faults.push('chunk end')
    at = end + 4 + length
  }
}

const readTrailers = (bytes: string, body: string, faults: string[]) => {
  const trailers: Field[] = []
  let rest = bytes
  for (;;) {
    const end = rest.indexOf('\r\n')
    if (end < 0) return null
    const line = rest.slice(0, end)
    rest = rest.slice(end + 2)
    if (line === '') return { read: { body, trailers, framing: 'chunked' as const }, rest }
    trailers.push(readField(line, faults))
  }
}

const requestLine = /^[A-Z]+ [!-~]+ HTTP\/1\.1$/
const statusLine = /^HTTP\/1\.1 ([1-9]\d\d) [\t -~\x80-\xff]*$/
// Spelled as undici and Node write it: one space, and no control character in the value.
const field = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([\t -~\x80-\xff]*)$/
