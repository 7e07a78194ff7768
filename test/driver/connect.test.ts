import type { Socket } from 'node:net'
import t from 'tap'
import {
  addressesOf,
  type ConnectFailure,
  type Endpoint,
  openConnection,
} from '../../src/driver/connect.ts'
import { ReadMemory } from '../../src/driver/read-memory.ts'
import { blockedPort } from '../support/blocked-port.ts'
import { eventually, rawOrigin, refusingPort } from '../support/loopback.ts'

const to = (port: number, addresses: Endpoint['addresses']): Endpoint => ({
  transport: { hostname: 'name', port, protocol: 'http', properties: [] },
  addresses,
  tls: null,
  noDelay: false,
  memory: new ReadMemory(65_536),
})

const open = (
  endpoint: Endpoint,
  connectTimeoutMs = 2000,
): Promise<{ readonly failure: ConnectFailure | null; readonly socket: Socket | null }> =>
  new Promise(resolve => {
    openConnection(endpoint, { connectTimeoutMs, ioTimeoutMs: 0 }, (failure, socket) => {
      socket?.destroy()
      resolve({ failure, socket })
    })
  })

t.test('T6 addresses are tried in order until one answers', async t => {
  const port = await rawOrigin(t, () => {})
  t.ok((await open(to(port, ['127.0.0.77', '127.0.0.78', '127.0.0.1']))).socket)
})

t.test('T6 when none answers, the last one says why', async t => {
  const port = await refusingPort()
  const { failure } = await open(to(port, ['127.0.0.77', '127.0.0.1']))
  t.match(failure, { moment: 'connect', error: { code: 'ECONNREFUSED', address: '127.0.0.1' } })
})

t.test('T6 each address has a ConnectTimeout of its own', async t => {
  const port = await blockedPort(t)
  const started = performance.now()
  const { failure } = await open(to(port, ['127.0.0.1', '127.0.0.1']), 100)
  t.match(failure, { moment: 'connect', error: { code: 'ROUTER_CONNECT_TIMEOUT' } })
  t.ok(performance.now() - started >= 190)
})

t.test('a ConnectTimeout beyond what a timer can hold is no time-out', async t => {
  const port = await rawOrigin(t, () => {})
  t.ok((await open(to(port, ['127.0.0.1']), 1e13)).socket)
})

t.test('giving up closes what is open, and nothing is heard of it', async t => {
  let arrived: Socket | undefined
  const port = await rawOrigin(t, socket => {
    arrived = socket
    socket.resume()
  })
  let heard = 0
  const limits = { connectTimeoutMs: 0, ioTimeoutMs: 0 }
  for (const addresses of [['127.0.0.1'], () => addressesOf('127.0.0.1')]) {
    openConnection(to(port, addresses), limits, () => heard++)()
  }
  openConnection(to(port, ['127.0.0.1']), limits, (_, socket) => socket?.destroy())
  await eventually(() => arrived?.destroyed === true)
  t.equal(heard, 0)
})

t.test('an address stands for itself, a name for all its addresses', async t => {
  t.same(await addressesOf('10.1.2.3'), ['10.1.2.3'])
  t.same(await addressesOf('2001:db8::1'), ['2001:db8::1'])
  t.ok((await addressesOf('localhost')).length > 0)
})
