import { once } from 'node:events'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import net, { type AddressInfo, type Server, type Socket } from 'node:net'
import type { Test } from 'tap'
import type { PluginConfig } from '../../src/config/model.ts'
import type { TraceRecord } from '../../src/core/trace.ts'
import type { ExchangeRecord } from '../../src/edge/context.ts'
import { createEdge, type Edge } from '../../src/edge/edge.ts'
import type { EdgeOptions } from '../../src/edge/options.ts'
import type { EdgeWarning } from '../../src/edge/warning.ts'

/** Listens on a free port of 127.0.0.1 until the test is over. */
export const listen = async (t: Test, server: Server): Promise<number> => {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
  })
  const port = await listening(server)
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise(resolve => server.close(resolve))
  })
  return port
}

/**
 * A port that refuses connections for as long as the process lives: a connection of our own starts from it, so that the
 * kernel gives it to nobody who asks for a free port, and nobody listens on it.
 */
export const refusingPort = async (): Promise<number> => {
  holder ??= listening(net.createServer(socket => socket.unref()).unref())
  const held = net.connect(await holder, '127.0.0.1').unref()
  await once(held, 'connect')
  return held.localPort as number
}

/** The port of a server that takes connections and keeps them. */
let holder: Promise<number> | undefined

const listening = async (server: Server): Promise<number> => {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** What an application server got. */
export interface Seen {
  readonly method: string
  readonly url: string
  readonly rawHeaders: readonly string[]
  readonly body: string
  readonly trailers: readonly string[]
  /** Which connection it came on, from 1. */
  readonly connection: number
}

export interface Origin {
  readonly port: number
  readonly seen: Seen[]
  readonly connections: () => number
}

/** An application server that notes every whole request and then answers; by default 200 with its name. */
export const origin = async (
  t: Test,
  answer: (request: IncomingMessage, response: ServerResponse, seen: Seen) => void = (
    _,
    response,
  ) => response.end('ok'),
): Promise<Origin> => {
  const seen: Seen[] = []
  const numbers = new WeakMap<Socket, number>()
  let count = 0
  const server = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => {
      const note = {
        method: request.method ?? '',
        url: request.url ?? '',
        rawHeaders: request.rawHeaders,
        body: Buffer.concat(chunks).toString('latin1'),
        trailers: request.rawTrailers,
        connection: numbers.get(request.socket) ?? 0,
      }
      seen.push(note)
      answer(request, response, note)
    })
  })
  server.on('connection', socket => numbers.set(socket, ++count))
  return { port: await listen(t, server), seen, connections: () => count }
}

/** A server of raw bytes, for everything that node:http would not do. */
export const rawOrigin = async (
  t: Test,
  connected: (socket: Socket, number: number) => void,
): Promise<number> => {
  let count = 0
  return listen(
    t,
    net.createServer({ noDelay: true }, socket => {
      socket.on('error', () => {})
      connected(socket, ++count)
    }),
  )
}

/** Calls back with each request that ends with its head, on a raw server. */
export const onHead = (socket: Socket, got: (head: string) => void): void => {
  let text = ''
  socket.on('data', chunk => {
    text += chunk.toString('latin1')
    for (;;) {
      const end = text.indexOf('\r\n\r\n')
      if (end < 0) return
      const head = text.slice(0, end)
      text = text.slice(end + 4)
      got(head)
    }
  })
}

export interface TestEdge {
  readonly edge: Edge
  readonly port: number
  readonly url: string
  readonly server: http.Server
  /** Access records, in the order in which requests ended. */
  readonly records: ExchangeRecord[]
  readonly warnings: EdgeWarning[]
  readonly trace: TraceRecord[]
}

/** An edge on a plain node:http server, with everything it says collected. */
export const edgeOn = async (
  t: Test,
  config: PluginConfig | string,
  options: Partial<EdgeOptions> = {},
): Promise<TestEdge> => {
  const records: ExchangeRecord[] = []
  const warnings: EdgeWarning[] = []
  const trace: TraceRecord[] = []
  const edge = await createEdge({
    config,
    // The first member of a cluster is the first to be asked.
    random: () => 0,
    onExchange: record => records.push(record),
    ...options,
  })
  edge.on('warning', warning => warnings.push(warning))
  edge.on('trace', record => trace.push(record))
  const server = http.createServer((request, response) => edge.handler(request, response))
  server.on('upgrade', (request, socket, head) => edge.upgrade(request, socket, head))
  const port = await listen(t, server)
  t.teardown(() => edge.close())
  return { edge, port, url: `http://127.0.0.1:${port}`, server, records, warnings, trace }
}

export interface Answer {
  readonly status: number
  readonly reason: string
  readonly rawHeaders: readonly string[]
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
  readonly rawTrailers: readonly string[]
  readonly information: readonly http.InformationEvent[]
}

/** A request through node:http, whose answer is read to its end. Rejects when the answer breaks off. */
export const ask = (
  port: number,
  path: string,
  options: http.RequestOptions & {
    readonly body?: string | Buffer
    readonly chunked?: boolean
  } = {},
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { body, chunked, headers, ...rest } = options
    const information: http.InformationEvent[] = []
    // node:http does not frame the bodies of GET, DELETE and OPTIONS by itself.
    const framing = chunked === true ? { 'Transfer-Encoding': 'chunked' } : {}
    const all = { ...framing, ...headers } as http.OutgoingHttpHeaders
    const to = { host: '127.0.0.1', port, path, agent: false, headers: all, ...rest } as const
    const request = http.request(to, response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          reason: response.statusMessage ?? '',
          rawHeaders: response.rawHeaders,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('latin1'),
          rawTrailers: response.rawTrailers,
          information,
        }),
      )
    })
    request.on('information', info => information.push(info))
    request.on('error', reject)
    if (chunked === true) request.write(body ?? '')
    request.end(chunked === true ? undefined : body)
  })

/** Sends raw bytes and returns what came back when the connection ended, or when `until` is satisfied. */
export const rawAsk = (
  port: number,
  bytes: string,
  until: (text: string) => boolean = () => false,
): Promise<string> =>
  new Promise(resolve => {
    let text = ''
    const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'))
    const done = (): void => {
      socket.destroy()
      resolve(text)
    }
    socket.on('data', chunk => {
      text += chunk.toString('latin1')
      if (until(text)) done()
    })
    socket.on('end', done)
    socket.on('error', done)
    socket.on('close', done)
  })

/** Resolves when the condition holds, asked again after every turn of the event loop. */
export const eventually = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 1))
}

/** The values of a field in a raw list, in order. */
export const fields = (raw: readonly string[], name: string): string[] =>
  raw.filter((_, index) => index % 2 === 1 && raw[index - 1]?.toLowerCase() === name.toLowerCase())

/** Header names of a raw list, in order and as spelled. */
export const names = (raw: readonly string[]): string[] => raw.filter((_, index) => index % 2 === 0)
