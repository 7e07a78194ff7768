import net from 'node:net'
import t from 'tap'
import { startAdmin } from '../../src/admin/admin.ts'
import type { RouterSnapshot } from '../../src/core/snapshot.ts'
import { edgeConfig } from '../support/edge-config.ts'
import { ask, edgeOn, eventually, origin, rawAsk, refusingPort } from '../support/loopback.ts'
import { adminOf, bearer, post, token, told } from './support.ts'

/** A state without what goes by itself. */
const timeless = (state: RouterSnapshot): unknown =>
  JSON.parse(
    JSON.stringify(state, (key, value) =>
      key === 'takenAt' || key === 'retryInMs' ? value !== null : value,
    ),
  )

t.test('the list names every resource, and each of them is there', async t => {
  const { edge } = await edgeOn(t, edgeConfig([{}]))
  const { port, url } = await adminOf(t, edge, { token })
  t.equal(url, `http://127.0.0.1:${port}`)
  const answer = await ask(port, '/')
  t.equal(answer.status, 200)
  const info = told(answer) as {
    resources: { method: string; path: string; token: boolean; does: string }[]
  }
  t.match(info, {
    endpoint: 'plugin-cfg-router',
    protocol: 1,
    edge: { startedAt: /^\d{4}-\d\d-\d\dT.*Z$/, since: /Z$/, exchanges: 0 },
  })
  const listed = info.resources.map(({ method, path, token }) => `${method} ${path} ${token}`)
  t.same(listed.slice(0, 10), [
    'GET / false',
    'GET /health/live false',
    'GET /health/ready false',
    'GET /snapshot false',
    'GET /servers false',
    'GET /draining false',
    'GET /counters false',
    'GET /config false',
    'GET /routes false',
    'POST /explain false',
  ])
  for (const { method, path, token } of info.resources) {
    const given = path.replace(/[A-Z]+/g, '1')
    const status =
      method === 'GET'
        ? (await ask(port, given)).status
        : (await post(port, given, { url: 'http://a/' })).status
    const wanted = path === '/metrics' ? 404 : 200
    t.equal(status, token ? 401 : wanted, `${method} ${given}`)
  }
})

t.test('answers are JSON that nobody keeps', async t => {
  const { edge } = await edgeOn(t, edgeConfig([{}]))
  const { port } = await adminOf(t, edge)
  for (const path of ['/counters', '/nowhere']) {
    const { headers, body } = await ask(port, path)
    t.match(headers, {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-length': String(Buffer.byteLength(body)),
    })
    t.equal(headers.server ?? headers['x-powered-by'], undefined)
  }
  const head = await ask(port, '/counters', { method: 'HEAD' })
  t.equal(head.status, 200)
  t.equal(head.body, '')
})

t.test('a path that is not there gets the list, a method that is not there gets Allow', async t => {
  const { edge } = await edgeOn(t, edgeConfig([{}]))
  const { port } = await adminOf(t, edge)
  for (const path of ['/nowhere', '/snapshot/', '//snapshot', '/%73napshot', '/recordings/', '*']) {
    const answer = await ask(port, path)
    t.equal(answer.status, 404, path)
    t.match(told(answer), {
      endpoint: 'plugin-cfg-router',
      error: `there is nothing at ${JSON.stringify(path)}; see the list`,
      resources: [{ method: 'GET', path: '/' }],
    })
  }
  t.equal((await ask(port, '/snapshot?x=1')).status, 200)
  const wrong = [
    ['DELETE', '/snapshot', 'GET, HEAD'],
    ['GET', '/explain', 'POST'],
    ['GET', '/reload', 'POST'],
    ['PUT', '/', 'GET, HEAD'],
  ] as const
  for (const [method, path, allow] of wrong) {
    const answer = await ask(port, path, { method })
    t.equal(answer.status, 405, `${method} ${path}`)
    t.equal(answer.headers.allow, allow)
    t.match(told(answer), { error: `${path} is for ${allow}, not for ${method}` })
  }
})

t.test('state, servers, counters, routes and configuration are those of the edge', async t => {
  const { port: server } = await origin(t)
  const config = edgeConfig([{ port: server }, { port: await refusingPort() }], {
    transport: { password: 'secret-of-the-keyring' },
  })
  const { edge, url } = await edgeOn(t, config)
  const { port } = await adminOf(t, edge)
  await (await fetch(`${url}/`)).text()
  const get = async (path: string) => told(await ask(port, path))
  t.match(await get('/snapshot'), {
    exchanges: 1,
    clusters: [{ name: 'Cluster', servers: [{ name: 'm1' }, { name: 'm2' }] }],
  })
  t.match(await get('/servers'), [
    { cluster: 'Cluster', name: 'm1', health: 'up', total: 1 },
    { cluster: 'Cluster', name: 'm2', total: 0 },
  ])
  t.match(await get('/counters'), { requests: 1, declined: 0 })
  t.match(await get('/routes'), [{ rank: 1, uri: '/*', primaries: ['m1', 'm2'] }])
  const answer = await ask(port, '/config')
  t.match(told(answer), { clusters: [{ name: 'Cluster' }] })
  t.notMatch(answer.body, 'secret-of-the-keyring')
  t.match(answer.body, '"password":"(not shown)"')
})

t.test('/explain answers from the live state, and leaves it as it is', async t => {
  const { port: server } = await origin(t)
  const { edge, url } = await edgeOn(
    t,
    edgeConfig([{ port: await refusingPort() }, { port: server }]),
  )
  const { port } = await adminOf(t, edge)
  const question = { url: 'http://any/', cookie: 'JSESSIONID=0000abc:c1' }
  const before = told(await post(port, '/explain', question))
  t.match(before, { explanation: { outcome: { server: 'm1', reason: 'affinity' } } })
  const headers = { cookie: question.cookie }
  t.equal((await fetch(`${url}/`, { headers })).status, 200, 'm1 refuses and is marked down')
  const state = edge.snapshot()
  const after = told(await post(port, '/explain', question)) as {
    explanation: { steps: { kind: string; exchange: number }[] }
  }
  t.match(after, {
    edge: { exchanges: 1 },
    snapshot: { exchanges: 1, clusters: [{ servers: [{ health: 'down' }, { health: 'up' }] }] },
    explanation: { outcome: { kind: 'served', server: 'm2', status: 200 } },
  })
  t.match(
    after.explanation.steps.find(step => step.kind === 'check'),
    { server: 'm1', exchange: 2 },
  )
  t.same(timeless(edge.snapshot()), timeless(state), 'nothing was changed')
})

t.test('a bad question says what is wrong with it', async t => {
  const { edge } = await edgeOn(t, edgeConfig([{}]))
  const { port } = await adminOf(t, edge)
  const cases = [
    [{ url: 'http://a/', down: [{ name: 'm9' }] }, /^no server is named "m9" \(servers: m1\)/],
    [{ url: 'http://a/', seed: -1 }, /^the question does not fit: 1:\d+ \$\.seed found -1/],
    ['{', /^the body is not JSON: 1:2 /],
    [undefined, /^the body is not JSON: 1:1 the end of the text/],
  ] as const
  for (const [body, error] of cases) {
    const answer = await post(port, '/explain', body)
    t.equal(answer.status, 400)
    t.match(told(answer), { error })
  }
})

t.test('a body that is too large, or not called JSON, or not UTF-8 is refused', async t => {
  const { edge } = await edgeOn(t, edgeConfig([{}]))
  const { port } = await adminOf(t, edge)
  const large = await post(port, '/explain', ' '.repeat(64 * 1024 + 1))
  t.equal(large.status, 413)
  t.equal(large.headers.connection, 'close')
  const body = JSON.stringify({ url: 'http://a/' })
  const form = await post(port, '/explain', body, { 'content-type': 'text/plain' })
  t.equal(form.status, 415)
  t.match(told(form), { error: /send JSON with Content-Type: application\/json$/ })
  const latin1 = await ask(port, '/explain', {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=iso-8859-1' },
    body: Buffer.from('{"url": "http://a/\xe9"}', 'latin1'),
  })
  t.equal(latin1.status, 400)
  t.match(told(latin1), { error: 'the body is not UTF-8' })
})

t.test('a recorded request comes with its configuration, without the passwords', async t => {
  const { port: server } = await origin(t)
  const config = edgeConfig([{ port: server }, {}], {
    transport: { password: 'secret-of-the-keyring' },
  })
  const { edge, url } = await edgeOn(t, config, { recordings: 10 })
  const { port } = await adminOf(t, edge)
  t.same(told(await ask(port, '/recordings')), [])
  await (await fetch(`${url}/shop/`)).text()
  t.match(told(await ask(port, '/recordings')), [
    { exchange: 1, method: 'GET', url: `${url}/shop/`, status: 200, code: 'RR' },
  ])
  const answer = await ask(port, '/recordings/1')
  t.match(told(answer), {
    config: { clusters: [{ name: 'Cluster' }] },
    recording: { exchange: 1, head: { target: '/shop/' }, inputs: [{ outcome: null }] },
  })
  t.notMatch(answer.body, 'secret-of-the-keyring')
  for (const number of ['2', '0', '-1', '1.5', 'x', '9'.repeat(20)]) {
    const missing = await ask(port, `/recordings/${number}`)
    t.equal(missing.status, 404, number)
    t.match(told(missing), { error: /is not recorded, or not any more/ })
  }
})

t.test('/trace shows what is followed, a function by its name only', async t => {
  const { edge } = await edgeOn(t, edgeConfig([{}]), { trace: { when: () => true } })
  const { port } = await adminOf(t, edge, { token })
  t.same(told(await ask(port, '/trace')), { trace: { when: 'a function of the program' } })
  t.same(told(await post(port, '/trace', { every: 10 }, bearer())), { trace: { every: 10 } })
  t.same(edge.tracing, { every: 10 })
  for (const wrong of [{ evry: 1 }, { when: 'x' }, 7, '', '{']) {
    t.equal((await post(port, '/trace', wrong, bearer())).status, 400, JSON.stringify(wrong))
  }
  t.same(edge.tracing, { every: 10 })
  t.same(told(await post(port, '/log/reopen', undefined, bearer())), { reopened: true })
})

t.test('/reload loads the configuration, and the live state begins anew', async t => {
  const { edge } = await edgeOn(t, edgeConfig([{}]))
  const { port } = await adminOf(t, edge, { token })
  const since = async () => (told(await ask(port, '/')) as { edge: { since: string } }).edge.since
  const first = await since()
  const answer = await post(port, '/reload', undefined, bearer())
  t.match(told(answer), { result: 'loaded', path: null, diagnostics: [] })
  t.ok((await since()) >= first)
  t.equal(edge.counters().reloads, 1)
})

t.test('/reload of a file that cannot be used says why, and the old one stays', async t => {
  const file = `${t.testdir({ 'plugin-cfg.xml': '<Config/>' })}/plugin-cfg.xml`
  const { edge } = await edgeOn(t, file)
  const { port } = await adminOf(t, edge, { token })
  const { unlink, writeFile } = await import('node:fs/promises')
  await writeFile(file, '<Config')
  t.match(told(await post(port, '/reload', undefined, bearer())), {
    result: 'refused',
    path: file,
    diagnostics: [{ code: 'L01' }],
  })
  await unlink(file)
  t.match(told(await post(port, '/reload', undefined, bearer())), {
    result: 'unreadable',
    error: /no such file/,
  })
})

t.test('nothing that the edge proxies leads to the admin endpoint', async t => {
  const { port: server, seen } = await origin(t)
  const { edge, url } = await edgeOn(t, edgeConfig([{ port: server }]))
  await adminOf(t, edge, { token })
  for (const path of ['/', '/snapshot', '/config', '/reload']) {
    t.equal(await (await fetch(`${url}${path}`)).text(), 'ok', path)
  }
  t.same(
    seen.map(each => each.url),
    ['/', '/snapshot', '/config', '/reload'],
    'they are paths of the application',
  )
})

t.test('it listens on loopback only, and says when it cannot listen', async t => {
  const { edge } = await edgeOn(t, edgeConfig([{}]))
  const { port } = await adminOf(t, edge)
  await t.rejects(startAdmin(edge, { port }), { code: 'EADDRINUSE' })
  await t.rejects(startAdmin(edge, { host: 'no-such-host.invalid' }), { code: /ENOTFOUND|EAI_/ })
  await t.rejects(startAdmin(edge, { host: '0.0.0.0' }), { code: 'OPTION_INVALID' })
})

t.test('an IPv6 address stands in brackets in the URL', async t => {
  const { edge } = await edgeOn(t, edgeConfig([{}]))
  const admin = await startAdmin(edge, { host: '::1' }).catch(error => {
    if (error.code === 'EADDRNOTAVAIL') return null
    throw error
  })
  if (admin === null) return t.comment('this machine has no IPv6')
  t.teardown(() => admin.close())
  t.equal(admin.url, `http://[::1]:${admin.port}`)
  t.equal((await fetch(`${admin.url}/counters`)).status, 200)
})

t.test('an upgrade and nonsense do no harm', async t => {
  const { edge } = await edgeOn(t, edgeConfig([{}]))
  const { port } = await adminOf(t, edge)
  const upgrade = `GET /counters HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade, close\r\nUpgrade: websocket\r\n\r\n`
  t.match(await rawAsk(port, upgrade), /^HTTP\/1\.1 200 /)
  t.match(await rawAsk(port, 'nonsense\r\n\r\n'), /^HTTP\/1\.1 400 /)
  const gone = net.connect(port, '127.0.0.1')
  gone.write('POST /explain HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{')
  await new Promise(resolve => gone.once('connect', resolve))
  gone.destroy()
  t.equal((await ask(port, '/counters')).status, 200)
})

t.test('close answers what is under way, and nobody listens afterwards', async t => {
  const { edge } = await edgeOn(t, edgeConfig([{}]))
  const admin = await adminOf(t, edge, { token })
  let finish = (): void => {}
  let reloading = false
  const slow = {
    ...edge,
    on: edge.on.bind(edge),
    off: edge.off.bind(edge),
    snapshot: () => edge.snapshot(),
    reload: () => {
      reloading = true
      return new Promise<Awaited<ReturnType<typeof edge.reload>>>(resolve => {
        finish = () => resolve({ result: 'loaded', path: null, diagnostics: [] })
      })
    },
  } as unknown as typeof edge
  const other = await adminOf(t, slow, { token })
  const answer = post(other.port, '/reload', undefined, bearer())
  await eventually(() => reloading)
  const closed = other.close()
  t.equal(other.close(), closed)
  finish()
  t.equal((await answer).status, 200)
  await closed
  await t.rejects(ask(other.port, '/'), { code: 'ECONNREFUSED' })
  t.equal((await ask(admin.port, '/')).status, 200, 'the edge and other endpoints go on')
})
