import http from 'node:http'
import { join } from 'node:path'
import t from 'tap'
import { origin } from '../support/loopback.ts'
import { EdgeProcess } from './edge.ts'

/*
 * Reloads while requests go through: none is lost, and nothing of an old configuration stays.
 * `npm run test:soak -- --reloads 10000` for more than the ordinary 300.
 */

const reloads = Number(process.env.SOAK_RELOADS ?? 300)

const ask = (port: number, agent: http.Agent): Promise<number> =>
  new Promise(resolve => {
    const request = http.get({ host: '127.0.0.1', port, path: '/', agent }, response => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
      response.on('error', () => resolve(0))
    })
    request.on('error', () => resolve(0))
  })

t.test(`${reloads} reloads under load lose no request and leak nothing`, async t => {
  const server = await origin(t)
  const folder = t.testdir({
    'plugin-cfg.xml': `<Config><ServerCluster Name="C"><Server Name="m1"><Transport Hostname="127.0.0.1" Port="${server.port}"/></Server></ServerCluster><UriGroup Name="U"><Uri Name="/*"/></UriGroup><Route ServerCluster="C" UriGroup="U"/></Config>`,
  })
  const edge = await EdgeProcess.start(join(folder, 'plugin-cfg.xml'))
  t.teardown(() => edge.kill())
  const agent = new http.Agent({ keepAlive: true, maxSockets: 20 })
  t.teardown(() => agent.destroy())
  let asked = 0
  let lost = 0
  let stopped = false
  const client = async (): Promise<void> => {
    while (!stopped) {
      asked++
      if ((await ask(edge.port, agent)) !== 200) lost++
    }
  }
  const clients = Array.from({ length: 20 }, client)
  t.equal(await edge.reload(50), 50)
  const before = await edge.measure()
  t.equal(await edge.reload(reloads), reloads)
  stopped = true
  await Promise.all(clients)
  const after = await edge.settled()
  t.comment(
    `${asked} requests, ${lost} lost, heap ${before.heapBytes} before, ${after.heapBytes} after`,
  )
  t.equal(lost, 0)
  t.ok(asked > reloads / 10, `${asked} requests`)
  t.equal(after.reloads, reloads + 50)
  t.equal(after.running, 0)
  t.ok(after.heapBytes < before.heapBytes * 1.2 + 2_000_000, 'the heap is where it was')
})
