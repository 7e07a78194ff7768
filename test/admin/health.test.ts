import t from 'tap'
import { edgeConfig } from '../support/edge-config.ts'
import { ask, edgeOn } from '../support/loopback.ts'
import { adminOf, post, token, told } from './support.ts'

t.test('live: 200 as long as something answers, closing or not', async t => {
  const { edge } = await edgeOn(t, edgeConfig([{}]))
  const { port } = await adminOf(t, edge)
  t.match(await ask(port, '/health/live'), { status: 200, body: '{"live":true}\n' })
  await edge.close()
  t.match(await ask(port, '/health/live'), { status: 200 })
  t.match(await ask(port, '/health/live', { method: 'HEAD' }), { status: 200, body: '' })
  t.equal((await post(port, '/health/live')).status, 405)
})

t.test('ready: 503 names the cluster without a server, and what is the matter', async t => {
  const { edge } = await edgeOn(t, edgeConfig([{}, {}]))
  const { port } = await adminOf(t, edge)
  const ready = await ask(port, '/health/ready')
  t.equal(ready.status, 200)
  t.same(told(ready), {
    ready: true,
    closing: false,
    clusters: [{ cluster: 'Cluster', ready: true, servers: ['m1', 'm2'] }],
  })
  edge.administer('Cluster', 'm1', 'draining')
  t.equal((await ask(port, '/health/ready')).status, 200)
  edge.administer('Cluster', 'm2', 'stopped')
  const not = await ask(port, '/health/ready')
  t.equal(not.status, 503)
  t.match(told(not), {
    ready: false,
    clusters: [{ cluster: 'Cluster', why: 'm1 is draining, m2 is stopped' }],
  })
})

t.test('ready: ?cluster= asks for these alone, and one that there is not is not ready', async t => {
  const { edge } = await edgeOn(t, edgeConfig([{}]))
  const { port } = await adminOf(t, edge)
  t.equal((await ask(port, '/health/ready?cluster=Cluster')).status, 200)
  const not = await ask(port, '/health/ready?cluster=Cluster&cluster=Other%20One')
  t.equal(not.status, 503)
  t.match(told(not), {
    clusters: [{ ready: true }, { cluster: 'Other One', ready: false, why: /no cluster/ }],
  })
})

t.test('ready: 503 while the edge is closing', async t => {
  const { edge } = await edgeOn(t, edgeConfig([{}]))
  const { port } = await adminOf(t, edge)
  await edge.close()
  const not = await ask(port, '/health/ready')
  t.equal(not.status, 503)
  t.match(told(not), { ready: false, closing: true, clusters: [{ ready: true }] })
})

t.test('who asks for health needs no token, and is no stranger all the same', async t => {
  const { edge } = await edgeOn(t, edgeConfig([{}]))
  const { port } = await adminOf(t, edge, { token, readsNeedToken: true })
  t.equal((await ask(port, '/servers')).status, 401)
  t.equal((await ask(port, '/health/live')).status, 200)
  t.equal((await ask(port, '/health/ready')).status, 200)
  t.equal((await ask(port, '/health/live', { headers: { host: 'evil.example' } })).status, 421)
})
