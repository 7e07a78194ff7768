import t, { type Test } from 'tap'
import { edgeConfig } from '../support/edge-config.ts'
import { ask, edgeOn, rawAsk } from '../support/loopback.ts'
import { adminOf, bearer, post, token, told } from './support.ts'

const edge = async (t: Test) => (await edgeOn(t, edgeConfig([{}]))).edge

t.test('only a Host that is a name of the endpoint is answered, against DNS rebinding', async t => {
  const { port } = await adminOf(t, await edge(t), { hosts: ['Edge1.internal'] })
  const statusFor = async (host: string) =>
    (await ask(port, '/counters', { headers: { host } })).status
  for (const host of [
    `127.0.0.1:${port}`,
    '127.0.0.1',
    `localhost:${port}`,
    'LOCALHOST',
    // A port that leads here through a tunnel is as good.
    'localhost:19090',
    'edge1.internal:80',
  ]) {
    t.equal(await statusFor(host), 200, host)
  }
  for (const host of [
    'rebound.example.com',
    `rebound.example.com:${port}`,
    '127.0.0.1.example.com',
    '127.0.0.2',
    'a b',
  ]) {
    t.equal(await statusFor(host), 421, host)
  }
  const empty = 'GET /counters HTTP/1.1\r\nHost: \r\nConnection: close\r\n\r\n'
  t.match(await rawAsk(port, empty), /^HTTP\/1\.1 421 /)
  t.match(await rawAsk(port, 'GET /counters HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 421 /)
})

t.test('a page from elsewhere is not answered, with or without the token', async t => {
  const { port } = await adminOf(t, await edge(t), { token })
  const foreign: Readonly<Record<string, string>>[] = [
    { origin: 'http://attacker.example.com' },
    { origin: 'null' },
    { origin: `http://localhost:${port + 1}` },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ]
  for (const headers of foreign) {
    t.equal((await ask(port, '/snapshot', { headers })).status, 403, JSON.stringify(headers))
    const answer = await post(port, '/reload', undefined, { ...headers, ...bearer() })
    t.equal(answer.status, 403, JSON.stringify(headers))
  }
  for (const headers of [
    { origin: `http://127.0.0.1:${port}` },
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
  ]) {
    t.equal((await ask(port, '/snapshot', { headers })).status, 200, JSON.stringify(headers))
  }
})

t.test('the question of a browser before it sends another header is not answered', async t => {
  const { port } = await adminOf(t, await edge(t), { token })
  const answer = await ask(port, '/reload', {
    method: 'OPTIONS',
    headers: { origin: `http://127.0.0.1:${port}` },
  })
  t.equal(answer.status, 405)
  t.equal(answer.headers.allow, 'POST')
  t.equal(answer.headers['access-control-allow-origin'], undefined)
})

t.test('what changes something needs the token, and only that token', async t => {
  const running = await edge(t)
  const { port } = await adminOf(t, running, { token })
  const missing = await post(port, '/reload')
  t.equal(missing.status, 401)
  t.match(missing.headers['www-authenticate'], /^Bearer /)
  t.match(told(missing), { error: 'this needs the token that the endpoint was started with' })
  for (const wrong of [`${token}x`, token.slice(1), token.toUpperCase(), 'x']) {
    t.equal((await post(port, '/reload', undefined, bearer(wrong))).status, 401, wrong)
  }
  t.equal((await post(port, '/reload', undefined, { authorization: `Basic ${token}` })).status, 401)
  t.equal(running.counters().reloads, 0)
  t.equal((await post(port, '/reload', undefined, bearer())).status, 200)
  t.equal(running.counters().reloads, 1)
})

t.test('without a token nothing can be changed at all', async t => {
  const running = await edge(t)
  const { port } = await adminOf(t, running)
  const answer = await post(port, '/reload', undefined, bearer())
  t.equal(answer.status, 403)
  t.match(told(answer), { error: /without a token, so nothing can be changed/ })
  t.equal(running.counters().reloads, 0)
})

t.test('readsNeedToken: reading needs it too, even the list', async t => {
  const { port } = await adminOf(t, await edge(t), { token, readsNeedToken: true })
  for (const path of ['/', '/snapshot', '/config']) {
    t.equal((await ask(port, path)).status, 401, path)
    t.equal((await ask(port, path, { headers: bearer() })).status, 200, path)
  }
  t.equal((await post(port, '/explain', { url: 'http://a/' })).status, 401)
})

t.test(
  'recorded requests have session cookies in them: where there is a token, they need it',
  async t => {
    const running = await edge(t)
    const guarded = await adminOf(t, running, { token })
    for (const path of ['/recordings', '/recordings/1']) {
      t.equal((await ask(guarded.port, path)).status, 401, path)
    }
    t.equal((await ask(guarded.port, '/recordings', { headers: bearer() })).status, 200)
    const open = await adminOf(t, running)
    t.equal((await ask(open.port, '/recordings')).status, 200)
  },
)
