import type { IncomingMessage } from 'node:http'
import type { Settings } from '../config/model.ts'
import { RepeatedLines } from './repeated-lines.ts'

/** The plug-in's own fields for a request. */
export interface PrivateFields {
  /** Names and values in turn. */
  readonly list: readonly string[]
  /** The same as text. */
  readonly lines: string
}

/** The private fields of the last request of a client connection, and what they were made of. */
interface LastPrivateFields extends PrivateFields {
  /** What is true of all its requests. */
  readonly facts: readonly string[]
  readonly host: string | undefined
  readonly minor: number
  readonly preference: Settings['appServerPortPreference']
}

/** What is remembered of a client connection from one request to the next: most clients ask the same again and again. */
export class ClientConnection {
  readonly repeated = new RepeatedLines()
  /** Null before the first one. */
  privates: LastPrivateFields | null = null
}

const known = new WeakMap<object, ClientConnection>()

/** What is remembered of the connection on which a request came. */
export const clientConnection = ({ socket }: IncomingMessage): ClientConnection => {
  let connection = known.get(socket)
  if (connection === undefined) {
    connection = new ClientConnection()
    known.set(socket, connection)
  }
  return connection
}
