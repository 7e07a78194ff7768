import { safe } from './escape.ts'
import { type LogLine, line } from './line.ts'
import { maskedValue, maskUrl } from './secrets.ts'

/** A header block as Node and undici hand it out: name, value, name, value. */
export type RawHeaders = readonly (string | Buffer)[]

/** The client's request, at Detail. */
export const requestHeadLines = (
  method: string,
  target: string,
  rawHeaders: RawHeaders,
  showSecrets: boolean,
): readonly LogLine[] => [
  line('detail', 'ws_common', 'websphereHandleRequest', 'The request of the client:'),
  indented('detail', requestLine(method, target, showSecrets)),
  ...fields('detail', rawHeaders, showSecrets),
]

/** The request as it goes to a server, private headers included: at Trace only (plugin-cfg.md A.2). */
export const sentHeadLines = (
  method: string,
  target: string,
  rawHeaders: RawHeaders,
  showSecrets: boolean,
): readonly LogLine[] => [
  line('trace', 'lib_htrequest', 'htrequestWrite', 'Writing the request:'),
  indented('trace', requestLine(method, target, showSecrets)),
  ...fields('trace', rawHeaders, showSecrets),
  line('trace', 'lib_htresponse', 'htresponseRead', 'reading the response'),
]

/** A server's answer, at Detail. */
export const responseHeadLines = (
  status: number,
  reason: string,
  rawHeaders: RawHeaders,
  showSecrets: boolean,
): readonly LogLine[] => [
  indented('detail', `HTTP/1.1 ${status} ${safe(reason)}`),
  ...fields('detail', rawHeaders, showSecrets),
]

const requestLine = (method: string, target: string, showSecrets: boolean): string =>
  `${safe(method)} ${safe(showSecrets ? target : maskUrl(target))} HTTP/1.1`

/** Lines of a block have no place in front and are indented by three, by which readers of the log know them. */
const indented = (level: LogLine['level'], text: string): LogLine => ({ level, text: `   ${text}` })

const fields = (
  level: LogLine['level'],
  raw: RawHeaders,
  showSecrets: boolean,
): readonly LogLine[] => {
  const lines: LogLine[] = []
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = textOf(raw[i])
    const value = textOf(raw[i + 1])
    const shown = showSecrets ? value : maskedValue(name, value)
    lines.push(indented(level, `${safe(name)}: ${safe(shown)}`))
  }
  return lines
}

const textOf = (piece: string | Buffer | undefined): string =>
  typeof piece === 'string' ? piece : (piece?.toString('latin1') ?? '')
