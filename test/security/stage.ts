import net, { type Socket } from 'node:net'
import type { Test } from 'tap'
import type { PluginConfig } from '../../src/config/model.ts'
import type { EdgeOptions } from '../../src/edge/options.ts'
import { edgeConfig } from '../support/edge-config.ts'
import { edgeOn, rawOrigin, type TestEdge } from '../support/loopback.ts'
import { type Message, type Reading, readAnswers, readRequests } from './wire.ts'

/** An application server of raw bytes that keeps all it was sent and answers as it is told. */
export interface AppServer {
  readonly port: number
  /** What came, connection by connection, whole messages and the bytes behind them. */
  readonly readings: () => readonly Reading[]
  /** Whole requests in the order in which they were completed, without `/last`. */
  readonly messages: () => readonly Message[]
  /** All that came on all connections. */
  readonly text: () => string
  readonly sockets: readonly Socket[]
  /** Forgets what came so far; connections stay. */
  readonly forget: () => void
  /** Answers the next whole requests; the default is 200 with the method and the target as body. */
  answer: Answerer
}

export type Answerer = (message: Message, socket: Socket, number: number) => void

/** An answer that is nothing special, with the target in the body so that one can tell whose it is. */
export const plainly: Answerer = ({ start }, socket) => {
  const [method = '', target = ''] = start.split(' ')
  const body = method === 'HEAD' ? '' : target
  socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${body}`, 'latin1')
}

/** Bytes as the answer to every request but `/last` and `/next`. */
export const bytesAre =
  (bytes: string, end = false): Answerer =>
  (message, socket, number) => {
    if (/ \/(?:last|next)/.test(message.start)) plainly(message, socket, number)
    else if (end) socket.end(bytes, 'latin1')
    else socket.write(bytes, 'latin1')
  }

interface Wire {
  text: string
  /** Bytes of it that belong to whole requests. */
  read: number
}

export const appServer = async (
  t: Test,
  connected: (socket: Socket) => void = () => {},
): Promise<AppServer> => {
  const wires: Wire[] = []
  const sockets: Socket[] = []
  let completed: Message[] = []
  const port = await rawOrigin(t, (socket, number) => {
    const wire = { text: '', read: 0 }
    wires.push(wire)
    sockets.push(socket)
    connected(socket)
    socket.on('data', chunk => {
      wire.text += chunk.toString('latin1')
      const { messages, rest } = readRequests(wire.text.slice(wire.read))
      wire.read = wire.text.length - rest.length
      for (const message of messages) {
        if (!message.start.includes(' /last')) completed.push(message)
        server.answer(message, socket, number)
      }
    })
  })
  const server: AppServer = {
    port,
    readings: () => wires.map(({ text }) => readRequests(text)),
    messages: () => completed,
    text: () => wires.map(({ text }) => text).join(''),
    sockets,
    forget() {
      completed = []
      for (const wire of wires) {
        wire.text = ''
        wire.read = 0
      }
      server.answer = plainly
    },
    answer: plainly,
  }
  return server
}

/** An edge before one application server. */
export interface Stage extends TestEdge {
  readonly app: AppServer
}

export const openStage = async (
  t: Test,
  over: {
    readonly config?: (port: number) => PluginConfig
    readonly options?: Partial<EdgeOptions>
    readonly connected?: (socket: Socket) => void
  } = {},
): Promise<Stage> => {
  const app = await appServer(t, over.connected)
  const config = over.config?.(app.port) ?? edgeConfig([{ port: app.port }])
  return { ...(await edgeOn(t, config, over.options)), app }
}

/** What a client saw until the connection ended. */
export interface Seen extends Reading {
  readonly text: string
}

/**
 * Sends bytes, piece by piece as the edge takes them, and reads until the edge ends the connection or `until` holds.
 *
 * @param over.hangUp says no more after the last byte.
 */
export const talk = (
  port: number,
  pieces: string | readonly string[],
  over: {
    readonly until?: (text: string) => boolean
    readonly hangUp?: boolean
    readonly methods?: readonly string[]
  } = {},
): Promise<Seen> =>
  new Promise(resolve => {
    let text = ''
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
    const done = (): void => {
      socket.destroy()
      resolve({ text, ...readAnswers(text, over.methods) })
    }
    socket.on('data', chunk => {
      text += chunk.toString('latin1')
      if (over.until?.(text) === true) done()
    })
    for (const event of ['end', 'error', 'close']) socket.on(event, done)
    const list = typeof pieces === 'string' ? [pieces] : pieces
    for (const piece of list) socket.write(piece, 'latin1')
    if (over.hangUp === true) socket.end()
  })

/** The request behind the one that a case is about: it shows whether the edge knows where that one ended. */
export const last = 'GET /last HTTP/1.1\r\nHost: edge.example\r\nConnection: close\r\n\r\n'

/** A request head. */
export const request = (start: string, ...lines: readonly string[]): string =>
  `${start} HTTP/1.1\r\nHost: edge.example\r\n${lines.map(line => `${line}\r\n`).join('')}\r\n`

/** Nothing on the way to the application server could be read in two ways. */
export const unambiguous = (t: Test, app: AppServer): void => {
  for (const { faults } of app.readings()) t.strictSame(faults, [])
}
