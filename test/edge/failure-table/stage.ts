import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import https from 'node:https'
import type { Test } from 'tap'
import type { Transport } from '../../../src/config/model.ts'
import { createEdge, type Edge } from '../../../src/edge/edge.ts'
import { blockedPort } from '../../support/blocked-port.ts'
import { authority, serverCertificate, serverKey } from '../../support/certificates.ts'
import { eventually, listen, refusingPort } from '../../support/loopback.ts'
import { bodyBytes, type Case, type Fault, type Result } from './cases.ts'
import { configOf, type Places } from './configuration.ts'

/*
 * The servers and clients of the table, on real sockets. All cases share them; a header says which case a request
 * belongs to.
 */

interface Playing {
  readonly fault: Fault
  readonly edge: Edge
  readonly received: string[]
  /** What the client does when the server has its request. */
  readonly arrived: () => void
  held: (() => void) | undefined
  requestsAtFirst: number
}

export interface Stage {
  play(each: Case): Promise<Result>
}

const caseHeader = 'x-case'

/** @param keyring path of a file with the signer of the servers that speak TLS. */
export const openStage = async (t: Test, keyring: string): Promise<Stage> => {
  const playing = new Map<string, Playing>()
  const of = ({ headers }: IncomingMessage): Playing | undefined =>
    playing.get(String(headers[caseHeader]))
  const servers = await openServers(t, of)
  const front = await openFronts(t, of)
  let count = 0
  return {
    play: async each => {
      const id = String(++count)
      const contacted: string[] = []
      let leave = (): void => {}
      const edge = await createEdge({
        config: configOf(each, placesOf(each.fault, servers, keyring)),
        random: () => 0,
        resolve: each.fault === 'F3 connect-failed' ? 'connect' : 'load',
        lookup: lookupOf(each.fault),
      })
      const play: Playing = {
        fault: each.fault,
        edge,
        received: [],
        arrived: () => leave(),
        held: undefined,
        requestsAtFirst: 0,
      }
      playing.set(id, play)
      const ask = (form: Case['request'], marks: readonly string[]): Promise<number> =>
        front(each, id, form, marks, stop => {
          leave = stop
        })
      if (each.streams === 'pooled') {
        for (let turn = 0; turn < each.servers; turn++) await ask('GET', ['warm'])
      }
      const holding = each.fault === 'F16 busy' ? ask('GET', ['hold']) : undefined
      if (holding !== undefined) await eventually(() => play.held !== undefined)
      edge.on('trace', record => {
        if (record.kind === 'transport') contacted.push(record.server)
      })
      const marks = each.affinity ? ['affinity'] : []
      const status = await ask(each.request, marks)
      if (each.fault === 'F15 client gone') await eventually(() => edge.counters().running === 0)
      const health = (edge.snapshot().clusters[0]?.servers ?? []).map(server => server.health)
      const result = { status, attempts: contacted, received: [...play.received], health }
      play.held?.()
      await holding
      playing.delete(id)
      await edge.close()
      return result
    },
  }
}

/** Where the servers of a stage listen. */
interface Servers {
  readonly faulty: number
  readonly others: readonly number[]
  readonly secureOthers: readonly number[]
  readonly refusing: number
  readonly blocked: number
  readonly unhandshaken: number
}

const placesOf = (fault: Fault, servers: Servers, keyring: string): Places => {
  const at = (port: number): Partial<Transport> => ({ port })
  const others = servers.others.map(at)
  switch (fault) {
    case 'F1 refused':
      return { m1: at(servers.refusing), others }
    case 'F2 connect-timeout':
      return { m1: at(servers.blocked), others }
    case 'F3 connect-failed':
      return { m1: { hostname: 'far.example' }, others }
    case 'F4 tls':
      // It speaks plain HTTP there.
      return { m1: { port: servers.faulty, protocol: 'https' }, others }
    case 'F5 handshake':
      return { m1: at(servers.unhandshaken), others }
    case 'F17 unresolvable':
      return { m1: { hostname: 'nowhere.example' }, others }
    case 'F18 no transport':
      return {
        m1: at(servers.faulty),
        others: servers.secureOthers.map(port => ({
          port,
          keyring,
          protocol: 'https',
          hostname: 'app.example',
        })),
      }
    default:
      return { m1: at(servers.faulty), others }
  }
}

const lookupOf =
  (fault: Fault) =>
  (name: string): Promise<readonly string[]> => {
    if (!name.endsWith('.example')) return Promise.resolve([name])
    if (name === 'app.example') return Promise.resolve(['127.0.0.1'])
    const code = fault === 'F3 connect-failed' ? 'ETIMEDOUT' : 'ENOTFOUND'
    return Promise.reject(Object.assign(new Error(code), { code }))
  }

const openServers = async (
  t: Test,
  of: (request: IncomingMessage) => Playing | undefined,
): Promise<Servers> => {
  const whole = (
    name: string,
    answer: (play: Playing, request: IncomingMessage, response: ServerResponse) => void,
  ) => {
    return (request: IncomingMessage, response: ServerResponse): void => {
      let bytes = 0
      request.on('error', () => {})
      request.on('data', chunk => {
        bytes += chunk.length
      })
      request.on('end', () => {
        const play = of(request)
        // The edge has given up on it long ago, on a machine that stands still now and then.
        if (play === undefined) return
        if (request.headers['x-warm'] !== undefined) {
          response.end('warm')
          return
        }
        if (request.headers['x-hold'] !== undefined) {
          play.held = () => response.end('held')
          return
        }
        play.received.push(`${name}:${bytes}`)
        answer(play, request, response)
      })
    }
  }
  const good = (name: string) => whole(name, (_, __, response) => response.end('well'))
  const plain = (handler: http.RequestListener) =>
    listen(t, http.createServer({ keepAliveTimeout: 60_000 }, handler))
  const secure = (handler: http.RequestListener) =>
    listen(t, https.createServer({ cert: serverCertificate, key: serverKey }, handler))
  return {
    faulty: await plain(whole('m1', misbehave)),
    others: [await plain(good('m2')), await plain(good('m3'))],
    secureOthers: [await secure(good('m2')), await secure(good('m3'))],
    refusing: await refusingPort(),
    blocked: await blockedPort(t),
    // Answers everything by closing.
    unhandshaken: await plain((request, response) => {
      request.resume()
      response.socket?.destroy()
    }),
  }
}

const misbehave = (play: Playing, request: IncomingMessage, response: ServerResponse): void => {
  play.requestsAtFirst++
  const { socket } = request
  switch (play.fault) {
    case 'F6 stale, then well':
      if (play.requestsAtFirst === 1) socket.resetAndDestroy()
      else response.end('well')
      return
    case 'F7 reset':
      socket.resetAndDestroy()
      return
    case 'F8 time-out above 0':
    case 'F9 time-out below 0':
      return
    case 'F10 silent, then reset':
      setTimeout(() => socket.resetAndDestroy(), 20)
      return
    case 'F11 503':
      response.writeHead(503).end('no')
      return
    case 'F12 500':
      response.writeHead(500).end('broken')
      return
    case 'F12 404':
      response.writeHead(404).end('nothing')
      return
    case 'F13 malformed':
      socket.end('this is not HTTP\r\n\r\n')
      return
    case 'F14 answer broken off':
      response.writeHead(200, { 'Content-Length': 1000 })
      response.write('beginning', () => setTimeout(() => socket.resetAndDestroy(), 5))
      return
    case 'F15 client gone':
      play.arrived()
      return
    default:
      response.end('well')
  }
}

type Front = (
  each: Case,
  id: string,
  form: Case['request'],
  marks: readonly string[],
  leaver: (leave: () => void) => void,
) => Promise<number>

/** Listeners in front of the edges, and the client. */
const openFronts = async (
  t: Test,
  of: (request: IncomingMessage) => Playing | undefined,
): Promise<Front> => {
  const handler: http.RequestListener = (request, response) =>
    of(request)?.edge.handler(request, response)
  const plain = await listen(t, http.createServer(handler))
  const secure = await listen(
    t,
    https.createServer({ cert: serverCertificate, key: serverKey }, handler),
  )
  return (each, id, form, marks, leaver) =>
    new Promise(resolve => {
      const isSecure = each.fault === 'F18 no transport'
      const bytes = bodyBytes[form]
      const options = {
        host: '127.0.0.1',
        port: isSecure ? secure : plain,
        method: form === 'GET' ? 'GET' : 'POST',
        agent: false as const,
        headers: {
          [caseHeader]: id,
          ...(marks.includes('warm') && { 'x-warm': '1' }),
          ...(marks.includes('hold') && { 'x-hold': '1' }),
          ...(marks.includes('affinity') && { cookie: 'JSESSIONID=0000KEY:c1' }),
          ...(bytes > 0 && form !== 'POST chunked' && { 'content-length': bytes }),
        },
      }
      const answered = (response: IncomingMessage): void => {
        response.resume()
        response.on('end', () => resolve(response.statusCode ?? 0))
        response.on('error', () => resolve(0))
      }
      const tls = { ca: authority, servername: 'app.example' }
      const request = isSecure
        ? https.request({ ...options, ...tls }, answered)
        : http.request(options, answered)
      request.on('error', () => resolve(0))
      leaver(() => request.destroy())
      if (form === 'POST chunked') request.write('x'.repeat(1000))
      request.end(
        bytes === 0 ? undefined : 'x'.repeat(form === 'POST chunked' ? bytes - 1000 : bytes),
      )
    })
}
