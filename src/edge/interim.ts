import type { IncomingMessage, ServerResponse } from 'node:http'
import { scanResponse } from '../driver/headers.ts'

/**
 * Passes an interim answer on, as far as Node can send one: 102 and 103. A 100 is answered by the server in front of us;
 * clients of HTTP/1.0 know none, and Node has no 102 in HTTP/2.
 */
export const passInterim = (
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  rawHeaders: readonly Buffer[],
  maxHeaders: number,
): void => {
  // Behind another answer of its connection Node would send it behind the head that follows it.
  if (response.headersSent || response.socket === null || request.httpVersion === '1.0') return
  if (status === 102 && request.httpVersionMajor === 1) response.writeProcessing()
  if (status !== 103) return
  const { headers } = scanResponse(rawHeaders, maxHeaders)
  const link: string[] = []
  const hints: Record<string, string> = {}
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase()
    if (name === 'link') link.push(headers[i + 1] as string)
    else if (name !== 'content-length') hints[name] = headers[i + 1] as string
  }
  try {
    response.writeEarlyHints({ ...hints, link })
  } catch {
    // Hints that Node finds malformed are only hints.
  }
}
