import type { IncomingMessage } from 'node:http'
import { Refusal } from './refusal.ts'

/** A question is small; what is larger is none. */
const mostBytes = 64 * 1024

/**
 * The body of a request as text.
 *
 * @throws Refusal 413 for more than 64 KiB, 415 for anything that is not called JSON, 400 for text that is no UTF-8.
 */
export const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  let size = 0
  // Left to itself a loop that ends early takes the socket away on which the answer has to go out.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += (chunk as Buffer).length
    if (size > mostBytes) {
      // What follows is not read, so the connection cannot be used again.
      throw new Refusal(413, `the body is larger than ${mostBytes} bytes`, { connection: 'close' })
    }
    chunks.push(chunk as Buffer)
  }
  if (size === 0) return ''
  // A page from elsewhere may send text and forms unasked, but not this.
  const type = request.headers['content-type'] ?? ''
  if (!/^application\/json *(?:;|$)/i.test(type)) {
    throw new Refusal(
      415,
      `the body is ${JSON.stringify(type)}; send JSON with Content-Type: application/json`,
    )
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch {
    throw new Refusal(400, 'the body is not UTF-8')
  }
}
