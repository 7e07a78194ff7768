import { isIP } from 'node:net'
import { type Arguments, type Options, wholeNumber } from './arguments.ts'
import { UsageError } from './io.ts'

const defaultPort = 8080
const defaultHost = '127.0.0.1'

/** The options of `serve` for where it listens. */
export const portOptions: Options = {
  port: {
    value: 'PORT',
    repeated: true,
    help: `port for http, 0 for any; default ${defaultPort}, without --tls-port`,
  },
  'tls-port': {
    value: 'PORT',
    repeated: true,
    help: 'port for https with HTTP/2 and HTTP/1.1, 0 for any; default none',
  },
  host: { value: 'ADDRESS', help: `address to listen on; default ${defaultHost}` },
}

/** One port to listen on. */
export interface Port {
  readonly number: number
  readonly scheme: 'http' | 'https'
}

/** Where `serve` listens. */
export interface Ports {
  readonly host: string
  /** Those for http, then those for https. */
  readonly ports: readonly Port[]
}

/** @throws UsageError */
export const portsOf = (args: Arguments<Options>): Ports => {
  const secure = args.values('tls-port')
  const plain = args.values('port')
  const usual = plain.length + secure.length === 0 ? [String(defaultPort)] : []
  const ports = [
    ...[...plain, ...usual].map(text => portOf('--port', 'http', text)),
    ...secure.map(text => portOf('--tls-port', 'https', text)),
  ]
  const numbers = ports.map(({ number }) => number)
  const twice = numbers.find((number, index) => number !== 0 && numbers.indexOf(number) < index)
  if (twice !== undefined) {
    throw new UsageError(`port ${twice} is given twice; write each with --port or --tls-port once`)
  }
  return { host: hostOf(args.value('host') ?? defaultHost), ports }
}

/** How people and browsers write where one of them listens. */
export const urlOf = ({ scheme, number }: Port, host: string): string =>
  `${scheme}://${isIP(host) === 6 ? `[${host}]` : host}:${number}/`

const portOf = (option: string, scheme: Port['scheme'], text: string): Port => ({
  number: wholeNumber(option, text, 0, 65_535),
  scheme,
})

/** Without an address Node listens on every one of the machine, which nobody asks for by leaving it empty. */
const hostOf = (text: string): string => {
  if (text.trim() === '') {
    throw new UsageError('--host is empty; write an address of this machine, or 0.0.0.0 for all')
  }
  return text.replace(/^\[(.*)\]$/, '$1')
}
