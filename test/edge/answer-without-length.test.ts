import net from 'node:net'
import t from 'tap'
import { edgeConfig } from '../support/edge-config.ts'
import { edgeOn, eventually, onHead, rawOrigin } from '../support/loopback.ts'

for (const who of ['client'] as const) {
  t.test(
    `a ${who} that leaves while an answer without length is held back harms nobody`,
    async t => {
      let stopped = false
      let hangUp = (): void => {}
      const port = await rawOrigin(t, socket => {
        hangUp = () => socket.resetAndDestroy()
        onHead(socket, () => {
          socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n')
          const more = (): void => {
            while (socket.write(Buffer.alloc(65_536)));
            stopped = true
          }
          socket.on('drain', () => {
            stopped = false
            more()
          })
          more()
        })
      })
      const test = await edgeOn(t, edgeConfig([{ port }, { port }]))
      const client = net.connect(test.port, '127.0.0.1')
      client.on('error', () => {})
      t.teardown(() => client.destroy())
      client.pause()
      client.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n')
      await eventually(() => stopped)
      await new Promise(r => setTimeout(r, 200))
      if (who === 'client') client.destroy()
      else hangUp()
      await eventually(() => test.records.length === 1)
      await new Promise(r => setTimeout(r, 100))
      t.match(test.edge.counters(), { running: 0 })
    },
  )
}
