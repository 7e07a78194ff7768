import t, { type Test } from 'tap'
import { ManualClock } from '../../src/core/clock.ts'
import type { ClusterEvent } from '../../src/edge/cluster-watch.ts'
import { edgeConfig } from '../support/edge-config.ts'
import { ask, edgeOn, origin, refusingPort, type TestEdge } from '../support/loopback.ts'

const eventsOf = ({ edge }: TestEdge): ClusterEvent[] => {
  const events: ClusterEvent[] = []
  edge.on('cluster', event => events.push(event))
  return events
}

const lost = { cluster: 'Cluster', available: false }
const back = { cluster: 'Cluster', available: true }

/** Two servers that refuse until told to be well. */
const moody = async (t: Test) => {
  const mood = { well: false }
  const server = await origin(t, (request, response) => {
    if (mood.well) response.end('ok')
    else request.socket.destroy()
  })
  return { mood, port: server.port }
}

t.test('a cluster is lost with its last server, and is back with the first answer', async t => {
  const { mood, port } = await moody(t)
  const clock = new ManualClock()
  const test = await edgeOn(t, edgeConfig([{ port }, { port }]), { clock })
  const events = eventsOf(test)
  t.equal((await ask(test.port, '/')).status, 500)
  t.strictSame(events, [lost])
  t.equal((await ask(test.port, '/')).status, 500)
  t.strictSame(events, [lost], 'once')
  mood.well = true
  clock.advance(60_001)
  t.equal((await ask(test.port, '/')).status, 200)
  await ask(test.port, '/')
  t.strictSame(events, [lost, back], 'once')
})

t.test('a cluster with another server is not lost', async t => {
  const server = await origin(t)
  const config = edgeConfig([{ port: await refusingPort() }, { port: server.port }])
  const test = await edgeOn(t, config)
  const events = eventsOf(test)
  t.equal((await ask(test.port, '/')).status, 200)
  t.match(test.edge.snapshot().clusters[0]?.servers, [{ health: 'down' }, { health: 'up' }])
  t.strictSame(events, [])
})

t.test(
  'N2 an only server that cannot be reached is a lost cluster, though never marked down',
  async t => {
    const test = await edgeOn(t, edgeConfig([{ port: await refusingPort() }]))
    const events = eventsOf(test)
    await ask(test.port, '/')
    await ask(test.port, '/')
    t.strictSame(events, [lost])
  },
)

t.test('an only server that breaks off one request is not lost', async t => {
  const { port } = await moody(t)
  const test = await edgeOn(t, edgeConfig([{ port }]))
  const events = eventsOf(test)
  t.equal((await ask(test.port, '/')).status, 500)
  t.strictSame(events, [])
})

t.test('a cluster that nobody could be asked of is lost', async t => {
  const { port } = await moody(t)
  const test = await edgeOn(t, edgeConfig([{ port }, { port }]))
  await ask(test.port, '/')
  const events = eventsOf(test)
  await ask(test.port, '/')
  t.match(test.records[1], { reason: 'all-down', attempts: 0 })
  t.strictSame(events, [lost], 'also for those who began to listen later')
})

t.test('a reload changes nothing until a server answers', async t => {
  const { mood, port } = await moody(t)
  const test = await edgeOn(t, edgeConfig([{ port }, { port }]))
  const events = eventsOf(test)
  await ask(test.port, '/')
  await test.edge.reload()
  t.strictSame(events, [lost])
  mood.well = true
  await ask(test.port, '/')
  t.strictSame(events, [lost, back])
})
