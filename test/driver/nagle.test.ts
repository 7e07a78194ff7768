import type { Socket } from 'node:net'
import t from 'tap'
import { openConnection } from '../../src/driver/connect.ts'
import { prepareEndpoints } from '../../src/driver/endpoints.ts'
import { edgeConfig } from '../support/edge-config.ts'
import { rawOrigin } from '../support/loopback.ts'

/** Node tells nobody whether TCP_NODELAY is set, but notes what was asked for on the socket. */
const asksForNoDelay = (socket: Socket): unknown => {
  const note = Object.getOwnPropertySymbols(socket).find(
    ({ description }) => description === 'kSetNoDelay',
  )
  return note === undefined ? undefined : Reflect.get(socket, note)
}

for (const asDisableNagle of [true, false]) {
  t.test(`A.1 ASDisableNagle ${asDisableNagle}: TCP_NODELAY on connections to servers`, async t => {
    const port = await rawOrigin(t, () => {})
    const config = edgeConfig([{ port }], { settings: { asDisableNagle } })
    const { usable } = await prepareEndpoints(config, async name => [name], 'load')
    const [endpoint] = usable.values()
    t.ok(endpoint)
    if (endpoint === undefined) return
    const limits = { connectTimeoutMs: 5000, ioTimeoutMs: 0 }
    const socket = await new Promise<Socket | null>(resolve => {
      openConnection(endpoint, limits, (_, opened) => resolve(opened))
    })
    t.ok(socket)
    if (socket === null) return
    t.equal(asksForNoDelay(socket), asDisableNagle)
    socket.destroy()
  })
}
