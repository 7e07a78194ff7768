import t from 'tap'
import { edgeConfig } from '../support/edge-config.ts'
import { ask, edgeOn, origin } from '../support/loopback.ts'
import { adminOf, bearer, post, token, told } from './support.ts'

t.test('an operator marks a server down, and up again', async t => {
  const servers = [await origin(t), await origin(t)]
  const { edge, port, records } = await edgeOn(t, edgeConfig(servers.map(({ port }) => ({ port }))))
  const admin = await adminOf(t, edge, { token })
  const mark = (server: string, body: unknown) =>
    post(admin.port, `/servers/Cluster/${server}`, body, bearer())
  const cookie = 'JSESSIONID=0000abc:c1'

  const down = await mark('m1', { health: 'down' })
  t.equal(down.status, 200)
  t.match(told(down), { cluster: 'Cluster', name: 'm1', health: 'down', retryInMs: Number })
  await ask(port, '/', { headers: { cookie } })
  t.match(records.at(-1), { server: 'm2', code: 'AFF>DOWN>RR' })

  t.match(told(await mark('m1', { health: 'up' })), { name: 'm1', health: 'up', retryInMs: null })
  await ask(port, '/', { headers: { cookie } })
  t.match(records.at(-1), { server: 'm1', code: 'AFF' })
})

t.test(
  'wrong marks are refused with what to write, and without the token nothing is marked',
  async t => {
    const { edge } = await edgeOn(t, edgeConfig([{}, {}]))
    const { port } = await adminOf(t, edge, { token })
    for (const body of [{ health: 'sideways' }, null, 7, {}, '"up"', [], ['up']]) {
      const answer = await post(port, '/servers/Cluster/m1', body, bearer())
      t.match(answer, { status: 400, body: /write .*health.*up.*admin.*draining/ })
    }
    for (const body of [
      { admin: 'gone' },
      { admin: null },
      { admin: 'stopped', sort: 1 },
      '{"__proto__": "stopped"}',
    ]) {
      const answer = await post(port, '/servers/Cluster/m1', body, bearer())
      t.match(answer, { status: 400, body: /write .*admin.*in-service/ })
    }
    for (const [path, problem] of [
      ['/servers/Cluster/m9', /m9.*m1, m2/],
      ['/servers/Other/m1', /Other.*Cluster/],
    ] as const) {
      const answer = await post(port, path, { admin: 'stopped' }, bearer())
      t.match(answer, { status: 409, body: problem })
    }
    t.match(await post(port, '/servers/Cluster/m9', { health: 'down' }, bearer()), {
      status: 409,
      body: /m9/,
    })
    t.equal((await post(port, '/servers/Cluster/m1', { health: 'down' })).status, 401)
    t.strictSame(
      edge.snapshot().clusters[0]?.servers.map(({ health }) => health),
      ['up', 'up'],
    )
  },
)

t.test('N2 the only server of a cluster cannot be marked down', async t => {
  const { edge } = await edgeOn(t, edgeConfig([{}]))
  const { port } = await adminOf(t, edge, { token })
  t.match(await post(port, '/servers/Cluster/m1', { health: 'down' }, bearer()), {
    status: 409,
    body: /only server/,
  })
})

t.test('draining by the endpoint: shown with the servers, counted, and taken back', async t => {
  const servers = [await origin(t), await origin(t)]
  const { edge, port, records } = await edgeOn(t, edgeConfig(servers.map(({ port }) => ({ port }))))
  const admin = await adminOf(t, edge, { token })
  const say = async (body: unknown) =>
    told(await post(admin.port, '/servers/Cluster/m1', body, bearer()))
  const get = async (path: string) => told(await ask(admin.port, path))
  const cookie = 'JSESSIONID=0000abc:c1'

  t.match(await get('/servers'), [{ name: 'm1', admin: 'in-service' }, { name: 'm2' }])
  t.same(await get('/draining'), [])
  t.match(await say({ admin: 'draining' }), { name: 'm1', health: 'up', admin: 'draining' })
  t.match(await get('/servers'), [{ admin: 'draining' }, { admin: 'in-service' }])
  for (let i = 0; i < 3; i++) await ask(port, '/')
  t.same(
    records.map(({ server, code }) => `${server} ${code}`),
    ['m2 RR', 'm2 RR', 'm2 RR'],
  )
  await ask(port, '/', { headers: { cookie } })
  t.match(records.at(-1), { server: 'm1', code: 'AFF' })
  t.match(await get('/draining'), [
    { cluster: 'Cluster', server: 'm1', sessions: 1, pending: 0, done: false },
  ])

  t.match(await say({ admin: 'stopped', health: 'down' }), { admin: 'stopped', health: 'down' })
  t.same(await get('/draining'), [])
  await ask(port, '/', { headers: { cookie } })
  t.match(records.at(-1), { server: 'm2', code: 'AFF>STOPPED>RR' })
  t.match(await say({ health: 'up' }), { admin: 'stopped', health: 'up' })
  t.match(await say({ admin: 'in-service' }), { admin: 'in-service' })
  await ask(port, '/', { headers: { cookie } })
  t.match(records.at(-1), { server: 'm1', code: 'AFF' })
})
