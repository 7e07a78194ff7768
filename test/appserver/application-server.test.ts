import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import type { Test } from 'tap'
import t from 'tap'
import type { ApplicationServer } from '../../src/appserver/application-server.ts'
import { createApplicationServer } from '../../src/appserver/application-server.ts'
import type { ApplicationServerOptions } from '../../src/appserver/application-server-options.ts'
import type { SessionStore } from '../../src/appserver/session-store.ts'
import { createSessionStore } from '../../src/appserver/session-store.ts'
import { ManualClock } from '../../src/core/clock.ts'
import { ask, askFacts } from '../demo/ask.ts'

const unknown = 'A2MB4IJozU_VM8IffsMNfdR'

const member = async (
  t: Test,
  cloneId: string,
  options: Partial<ApplicationServerOptions> = {},
): Promise<ApplicationServer> => {
  const server = createApplicationServer({ name: `Member-${cloneId}`, cloneId, ...options })
  t.teardown(() => server.kill())
  await server.start()
  return server
}

const pair = async (t: Test, options: Partial<ApplicationServerOptions> = {}) => {
  const store = createSessionStore()
  return [
    await member(t, 'A', { store, ...options }),
    await member(t, 'B', { store, ...options }),
  ] as const
}

const keyOf = (session: string | null): string => session?.slice(4, 27) ?? ''

t.test('sessions 1.4 a new session of a server with a store is 0001K:A', async t => {
  const [a] = await pair(t)
  const answer = await ask(a.url)
  t.match(answer.session, /^0001[A-Za-z0-9_-]{23}:A$/)
  t.strictSame(answer.headers['set-cookie'], [`JSESSIONID=${answer.session}; Path=/; HttpOnly`])
})

t.test('sessions 1.4 a new session of a server without a store is 0000K:A', async t => {
  const a = await member(t, 'A')
  t.match((await ask(a.url)).session, /^0000[A-Za-z0-9_-]{23}:A$/)
})

t.test('sessions 1.4 a client that knows it all gets no Set-Cookie', async t => {
  for (const a of [await member(t, 'A'), (await pair(t))[0]]) {
    const first = await askFacts(a.url)
    const second = await askFacts(a.url, { session: first.session ?? '' })
    t.match(first, { n: 1, isNew: true, requestedSessionId: null })
    t.match(second, { n: 2, isNew: false, setCookie: null, requestedSessionIdFrom: 'cookie' })
    t.equal(second.session, null)
    t.equal(second.sessionId, keyOf(first.session))
    t.equal(second.requestedSessionId, keyOf(first.session))
  }
})

for (const [noAffinitySwitchBack, onB, back] of [
  [false, ':A:B', ':A:B'],
  [true, ':B:A', ':A:B'],
] as const) {
  t.test(
    `sessions 1.4 failover and return with noAffinitySwitchBack=${noAffinitySwitchBack}`,
    async t => {
      const [a, b] = await pair(t, { noAffinitySwitchBack })
      const first = await askFacts(a.url)
      const key = keyOf(first.session)
      const over = await askFacts(b.url, { session: first.session ?? '' })
      t.match(over, { n: 2, isNew: false, session: `0002${key}${onB}` })
      const stays = await askFacts(b.url, { session: over.session ?? '' })
      t.match(stays, { n: 3, session: null })
      // The copy in A has version 1, the request says 2: it is read again.
      const home = await askFacts(a.url, { session: over.session ?? '' })
      t.match(home, { n: 4, session: `0003${key}${back}` })
      t.match(a.counters, { received: 2, answered: 2, sessionsCreated: 1, sessionsLoaded: 1 })
      t.match(b.counters, { received: 2, answered: 2, sessionsCreated: 0, sessionsLoaded: 1 })
    },
  )
}

t.test('sessions 1.4 in memory only, a failover begins a new session with a new list', async t => {
  const a = await member(t, 'A')
  const b = await member(t, 'B')
  const first = await askFacts(a.url)
  const over = await askFacts(b.url, { session: first.session ?? '' })
  t.match(over, { n: 1, isNew: true, requestedSessionId: keyOf(first.session) })
  t.match(over.session, /^0000[A-Za-z0-9_-]{23}:B$/)
  t.not(keyOf(over.session), keyOf(first.session))
})

for (const noAffinitySwitchBack of [false, true]) {
  t.test(
    `sessions 1.4 a changed key throws the list away, noAffinitySwitchBack=${noAffinitySwitchBack}`,
    async t => {
      const [a, b] = await pair(t, { noAffinitySwitchBack })
      const first = await askFacts(a.url)
      const changed = await askFacts(b.url, {
        path: '/snoop?op=change',
        session: first.session ?? '',
      })
      t.match(changed.session, /^0002[A-Za-z0-9_-]{23}:B$/)
      t.not(keyOf(changed.session), keyOf(first.session))
      t.match(changed, { n: 2, sessionId: keyOf(changed.session), isNew: false })
      const next = await askFacts(a.url, { session: changed.session ?? '' })
      t.match(next, { n: 3, isNew: false })
      const old = await askFacts(a.url, { session: `0005${keyOf(first.session)}:A` })
      t.match(old, { n: 1, isNew: true }, 'the old key leads nowhere')
    },
  )
}

t.test('sessions 1.4 a cookie with the wrong version alone is set right', async t => {
  const a = await member(t, 'A')
  const first = await askFacts(a.url)
  const key = keyOf(first.session)
  const wrong = await askFacts(a.url, { session: `0005${key}:A` })
  t.match(wrong, { n: 2, session: `0000${key}:A` }, 'memory has no stale copies')
})

t.test('sessions 1.4 a clone id that begins a listed one is not appended', async t => {
  const store = createSessionStore()
  const long = await member(t, 'v544d031', { store })
  const short = await member(t, 'v5', { store })
  const first = await askFacts(long.url)
  const over = await askFacts(short.url, { session: first.session ?? '' })
  t.equal(over.session, `0002${keyOf(first.session)}:v544d031`)
})

t.test('sessions 1.1 the version that follows 9999 is 1', async t => {
  const [a, b] = await pair(t)
  const key = keyOf((await askFacts(a.url)).session)
  const over = await askFacts(b.url, { session: `9998${key}:A` })
  t.equal(over.session, `9999${key}:A:B`)
  const again = await askFacts(a.url, { session: over.session ?? '' })
  t.equal(again.session, `0001${key}:A:B`)
})

t.test('sessions 1.4 a copy serves requests of its own version and of older ones', async t => {
  const [a, b] = await pair(t)
  const first = await askFacts(a.url)
  const key = keyOf(first.session)
  await askFacts(b.url, { session: first.session ?? '' })
  const older = await askFacts(b.url, { session: first.session ?? '' })
  t.equal(older.session, `0002${key}:A:B`)
  t.match(b.counters, { sessionsLoaded: 1 })
})

t.test('sessions 1.3 rule 1 the cookie goes before the URL', async t => {
  const [a] = await pair(t, { urlRewriting: true })
  const one = await askFacts(a.url)
  const two = await askFacts(a.url)
  const both = await askFacts(a.url, {
    path: `/snoop;jsessionid=${two.session}?x=1`,
    session: one.session ?? '',
  })
  t.match(both, { sessionId: one.sessionId, requestedSessionIdFrom: 'cookie', encodedUrl: null })
  const url = await askFacts(a.url, { path: `/snoop;jsessionid=${two.session}?x=1` })
  t.match(url, {
    sessionId: two.sessionId,
    requestedSessionIdFrom: 'url',
    encodedUrl: `/snoop;jsessionid=${two.session}?x=1`,
    n: 2,
  })
})

t.test('sessions 1.3 rule 1 a way that is switched off is told and not used', async t => {
  const store = createSessionStore()
  const byCookie = await member(t, 'A', { store })
  const byUrl = await member(t, 'B', { store, cookies: false, urlRewriting: true })
  const { session, sessionId } = await askFacts(byCookie.url)
  const told = { requestedSessionId: sessionId, isNew: true, n: 1 }
  t.match(await askFacts(byCookie.url, { path: `/snoop;jsessionid=${session}` }), {
    ...told,
    requestedSessionIdFrom: 'url',
  })
  const cookie = await askFacts(byUrl.url, { session: session ?? '' })
  t.match(cookie, { ...told, requestedSessionIdFrom: 'cookie', session: null })
  const url = await askFacts(byUrl.url, { path: `/snoop;jsessionid=${session}` })
  t.match(url, { sessionId, n: 2, encodedUrl: `/snoop;jsessionid=0002${sessionId}:A:B` })
})

t.test('sessions 1.3 rule 2 the first of several cookies that leads to a session wins', async t => {
  const [a] = await pair(t)
  const first = await askFacts(a.url)
  const many = await askFacts(a.url, {
    cookie: `JSESSIONID=short; x=y; JSESSIONID=0001${unknown}:A; JSESSIONID=${first.session}`,
  })
  t.match(many, { sessionId: first.sessionId, requestedSessionId: first.sessionId, session: null })
})

t.test('sessions 1.3 rules 3 to 6 what holds no usable key begins a new session', async t => {
  const [a] = await pair(t)
  for (const value of [
    '0001short:A',
    `0:01${unknown}:A`,
    `0001${unknown}long:A`,
    `0001${unknown.slice(1)}:AAAAA`,
  ]) {
    const facts = await askFacts(a.url, { session: value })
    t.match(facts, { n: 1, isNew: true }, value)
    t.match(facts.session, /^0001[A-Za-z0-9_-]{23}:A$/)
  }
})

t.test('sessions 1.3 rule 4 a session is found behind a cache id that is no number', async t => {
  const [a] = await pair(t)
  const { sessionId } = await askFacts(a.url)
  t.match(await askFacts(a.url, { session: `x?!y${sessionId}:A` }), {
    n: 2,
    session: `0001${sessionId}:A`,
  })
})

t.test('sessions 1.3 an unknown key is not taken over, its clone ids neither', async t => {
  const [a] = await pair(t)
  const facts = await askFacts(a.url, { session: `0007${unknown}:B:C` })
  t.match(facts.session, /^0001[A-Za-z0-9_-]{23}:A$/)
  t.not(facts.sessionId, unknown)
})

t.test('sessions 1.1 key length, separator and cookie name can be chosen', async t => {
  const [a, b] = await pair(t, { separator: '+', idLength: 40, cookieName: 'SHOP' })
  const first = await ask(a.url)
  t.match(first.headers['set-cookie'], [/^SHOP=0001[A-Za-z0-9_-]{40}\+A; Path=\/; HttpOnly$/])
  const over = await ask(b.url, { cookie: `SHOP=${first.session}` })
  t.equal(over.session, `0002${first.session?.slice(4)}+B`)
  const small = await member(t, 'A', { idLength: 1 })
  t.match((await ask(small.url)).session, /^0000[A-Za-z0-9_-]{8}:A$/)
})

t.test('sessions 1.2 a server without a clone id sends none', async t => {
  const alone = await member(t, '')
  const first = await askFacts(alone.url)
  t.match(first.session, /^0000[A-Za-z0-9_-]{23}$/)
  t.match(await askFacts(alone.url, { session: first.session ?? '' }), { n: 2, session: null })
})

t.test('a session ends when nobody has used it for the inactive interval', async t => {
  const clock = new ManualClock()
  for (const store of [undefined, createSessionStore()]) {
    const a = await member(t, 'A', {
      ...(store && { store }),
      clock,
      inactiveIntervalMs: 1000,
    })
    const { session } = await askFacts(a.url)
    clock.advance(1000)
    t.match(await askFacts(a.url, { session: session ?? '' }), { n: 2 })
    clock.advance(1001)
    t.match(await askFacts(a.url, { session: session ?? '' }), { n: 1, isNew: true })
  }
})

t.test('op=peek looks without making a session or counting', async t => {
  const [a] = await pair(t)
  const nothing = await askFacts(a.url, { path: '/snoop?op=peek' })
  t.match(nothing, { n: null, sessionId: null, isNew: false, session: null })
  const { session } = await askFacts(a.url)
  t.match(await askFacts(a.url, { path: '/snoop?op=peek', session: session ?? '' }), { n: 1 })
})

t.test('op=invalidate ends the session on every server', async t => {
  const [a, b] = await pair(t)
  const { session } = await askFacts(a.url)
  const ended = await askFacts(a.url, { path: '/snoop?op=invalidate', session: session ?? '' })
  t.match(ended, { n: null, sessionId: null, session: null })
  t.match(await askFacts(b.url, { session: session ?? '' }), { n: 1, isNew: true })
})

t.test('two requests for one session at once are both counted', async t => {
  const [a, b] = await pair(t)
  const { session } = await askFacts(a.url)
  const both = await Promise.all([
    askFacts(b.url, { session: session ?? '' }),
    askFacts(b.url, { session: session ?? '' }),
  ])
  t.strictSame(both.map(facts => facts.n).sort(), [2, 3])
  t.match(b.counters, { sessionsLoaded: 1 })
})

t.test('two requests that wait for a slow store share one copy', async t => {
  const rows = createSessionStore()
  const slow: SessionStore = {
    read: async key => {
      await turn()
      return rows.read(key)
    },
    write: async (key, session) => {
      await turn()
      rows.write(key, session)
    },
    delete: key => rows.delete(key),
  }
  const a = await member(t, 'A', { store: slow })
  const b = await member(t, 'B', { store: slow })
  const { session } = await askFacts(a.url)
  const both = await Promise.all([
    askFacts(b.url, { session: session ?? '' }),
    askFacts(b.url, { session: session ?? '' }),
  ])
  t.strictSame(both.map(facts => facts.n).sort(), [2, 3])
})

t.test('a store that fails is answered 500, and the next request is served', async t => {
  const rows = createSessionStore()
  let broken = true
  const a = await member(t, 'A', {
    store: {
      ...rows,
      write: (key, session) => {
        if (broken) throw new Error('no room')
        rows.write(key, session)
      },
    },
  })
  const answer = await ask(a.url)
  t.equal(answer.status, 500)
  t.equal(answer.body.toString(), 'Member-A: the session store failed: no room\n')
  broken = false
  t.equal((await ask(a.url)).status, 200)
})

t.test('a server may have a name that no header can hold', async t => {
  const a = await member(t, 'A', { name: 'Mitglied Ä' })
  t.equal((await askFacts(a.url)).server, 'Mitglied Ä')
  t.equal((await ask(a.url)).headers['x-application-server'], 'Mitglied%20%C3%84')
})

t.test('snoop answers text by default and JSON on request', async t => {
  const [a] = await pair(t)
  const headers = { $WSFO: 'true', $wssn: 'shop.example', _WS_HAPRT_WLMVERSION: '-1', Other: 'x' }
  const text = await ask(a.url, { headers })
  t.equal(text.headers['content-type'], 'text/plain; charset=utf-8')
  t.match(text.body.toString(), /^server=Member-A\ncloneId=A\nn=1\nsessionId=\S{23}\nisNew=true\n/)
  t.match(text.body.toString(), '\n$WSFO=true\n$wssn=shop.example\n_WS_HAPRT_WLMVERSION=-1\n')
  t.match(text.headers, { 'x-application-server': 'Member-A', 'x-session-counter': '1' })
  const json = await ask(a.url, { path: '/snoop/x?format=json', headers })
  t.equal(json.headers['content-type'], 'application/json')
  t.match(JSON.parse(json.body.toString()), {
    server: 'Member-A',
    cloneId: 'A',
    failover: true,
    privateHeaders: { $WSFO: 'true', $wssn: 'shop.example', _WS_HAPRT_WLMVERSION: '-1' },
    method: 'GET',
    url: '/snoop/x?format=json',
    body: null,
  })
  t.match(await askFacts(a.url), { failover: false, privateHeaders: {} })
})

t.test('snoop tells length and digest of a request body', async t => {
  const [a] = await pair(t)
  const body = 'a=1&b=2'.repeat(50_000)
  const facts = await askFacts(a.url, { method: 'POST', body })
  t.strictSame(facts.body, {
    length: body.length,
    sha256: createHash('sha256').update(body).digest('hex'),
  })
  const echo = await ask(a.url, {
    path: '/snoop?echo=1',
    method: 'PUT',
    body,
    headers: { 'Content-Type': 'text/x-test' },
  })
  t.equal(echo.body.toString(), body)
  t.equal(echo.headers['content-type'], 'text/x-test')
  t.equal(echo.headers['x-application-server'], 'Member-A')
})

t.test('snoop answers with the status, the size and after the delay it is told', async t => {
  const [a] = await pair(t)
  t.equal((await ask(a.url, { path: '/snoop?status=503' })).status, 503)
  for (const status of [204, 304]) {
    const bare = await ask(a.url, { path: `/snoop?status=${status}` })
    t.equal(bare.status, status)
    t.equal(bare.headers['content-length'], undefined)
  }
  const large = await ask(a.url, { path: '/snoop?size=300001&delay=1' })
  t.equal(large.body.length, 300_001)
  t.equal(large.headers['content-length'], '300001')
  t.equal((await ask(a.url, { path: '/snoop?size=0' })).body.length, 0)
  t.equal((await ask(a.url, { method: 'HEAD' })).body.length, 0)
})

t.test('snoop breaks connections on demand', async t => {
  const [a] = await pair(t)
  await t.rejects(ask(a.url, { path: '/snoop?cut=head' }), { code: 'ECONNRESET' })
  await t.rejects(ask(a.url, { path: '/snoop?cut=body' }), { code: 'ECONNRESET' })
  await t.rejects(ask(a.url, { path: '/snoop?cut=body&size=100000' }), { code: 'ECONNRESET' })
})

t.test('a switch with a bad value is answered 400 with what to write instead', async t => {
  const [a] = await pair(t)
  for (const [query, text] of [
    ['status=abc', "status is 'abc'; write a number from 200 to 599\n"],
    ['status=100', "status is '100'; write a number from 200 to 599\n"],
    ['delay=-1', "delay is '-1'; write a number from 0 to 600000\n"],
    ['size=', "size is ''; write a number from 0 to 1073741824\n"],
    ['op=x', "op is 'x'; write one of count, peek, change, invalidate\n"],
    ['echo=1&cut=head', 'echo and cut do not go together\n'],
  ] as const) {
    const answer = await ask(a.url, { path: `/snoop?${query}` })
    t.equal(answer.status, 400)
    t.equal(answer.body.toString(), text)
  }
})

t.test('only paths below the context root are answered', async t => {
  const [a] = await pair(t)
  for (const path of ['/', '/snoopy', '/other/snoop']) {
    t.equal((await ask(a.url, { path })).status, 404, path)
  }
  for (const path of ['/snoop', '/snoop/', '/snoop/a/b', '/snoop;v=1/x', '/snoop?x']) {
    t.equal((await ask(a.url, { path })).status, 200, path)
  }
  const all = await member(t, 'A', { contextRoot: '/' })
  t.equal((await ask(all.url, { path: '/any/thing' })).status, 200)
})

t.test('a killed server breaks its connections and refuses new ones', async t => {
  const [a] = await pair(t)
  const under = ask(a.url, { path: '/snoop?delay=600000' })
  const idle = connect(a.port, a.host)
  await once(idle, 'connect')
  while (a.counters.received === 0) await turn()
  const broken = once(idle, 'close')
  await a.kill()
  await t.rejects(under, { code: 'ECONNRESET' })
  await broken
  t.equal(a.running, false)
  await t.rejects(ask(a.url), { code: 'ECONNREFUSED' })
  t.match(a.counters, { received: 1, answered: 0 })
  await a.kill()
})

t.test('what a killed server had not written yet is lost', async t => {
  const [a, b] = await pair(t)
  const { session } = await askFacts(a.url)
  const under = ask(a.url, { path: '/snoop?delay=600000', session: session ?? '' })
  while (a.counters.received === 1) await turn()
  await a.kill()
  await t.rejects(under)
  t.match(await askFacts(b.url, { session: session ?? '' }), { n: 2 })
})

t.test('a server restarts on its port, with the shared sessions and without its own', async t => {
  const [a] = await pair(t)
  const alone = await member(t, 'M')
  for (const [server, n, session] of [
    [a, 2, /^0002.{23}:A$/],
    [alone, 1, /^0000.{23}:M$/],
  ] as const) {
    const { port } = server
    const first = await askFacts(server.url)
    await server.kill()
    await server.restart()
    t.equal(server.port, port)
    t.equal(server.running, true)
    t.match(await askFacts(server.url, { session: first.session ?? '' }), { n, session })
  }
  await a.restart()
  t.match(await askFacts(a.url), { n: 1 }, 'a running server can be restarted as well')
  t.match(a.counters, { received: 3, answered: 3, sessionsCreated: 2, sessionsLoaded: 1 })
})

t.test('a server that stops lets the requests under way end', async t => {
  const [a] = await pair(t)
  const idle = connect(a.port, a.host)
  await once(idle, 'connect')
  const req = request(`${a.url}/snoop?echo=1`, { method: 'POST', agent: false })
  req.write('first')
  const [res] = (await once(req, 'response')) as [NodeJS.ReadableStream]
  const stopped = a.stop()
  await once(idle, 'end')
  idle.destroy()
  req.end('last')
  let text = ''
  for await (const chunk of res) text += String(chunk)
  t.equal(text, 'firstlast')
  await stopped
  await t.rejects(ask(a.url), { code: 'ECONNREFUSED' })
})

t.test('a server that stops closes a stream that its client would keep', async t => {
  const [a] = await pair(t)
  const socket = connect(a.port, a.host)
  let text = ''
  socket.on('data', chunk => {
    text += String(chunk)
  })
  socket.write('POST /snoop HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n')
  while (a.counters.received === 0) await turn()
  const stopped = a.stop()
  socket.write('x')
  await once(socket, 'end')
  await stopped
  t.match(text, /^HTTP\/1\.1 200 OK\r\n/)
  t.match(text, /\r\nConnection: close\r\n/)
})

t.test('a port in use is reported as the operating system says it', async t => {
  const [a] = await pair(t)
  const second = createApplicationServer({ name: 'B', cloneId: 'B', port: a.port })
  await t.rejects(second.start(), { code: 'EADDRINUSE' })
  t.equal(second.running, false)
  await a.stop()
  await second.start()
  t.equal(second.port, a.port)
  await second.start()
  await second.stop()
  await second.stop()
})

t.test('an option that makes no sense is refused by name', async t => {
  const good = { name: 'A', cloneId: 'A' }
  for (const [options, message] of [
    [{ name: '' }, /^name is ""/],
    [{ separator: '!' as ':' }, /^separator is "!"; write ':' or '\+'/],
    [{ cloneId: 'a:b' }, /^cloneId is "a:b"/],
    [{ cloneId: 'a+b', separator: '+' }, /^cloneId is "a\+b"/],
    [{ cloneId: 'a;b' }, /^cloneId is "a;b"; write letters/],
    [{ cloneId: 'ä' }, /^cloneId is "ä"/],
    [{ cookieName: 'a b' }, /^cookieName is "a b"/],
    [{ urlIdentifier: '' }, /^urlIdentifier is ""/],
    [{ idLength: 2.5 }, /^idLength is 2.5/],
    [{ port: 65_536 }, /^port is 65536/],
    [{ contextRoot: 'snoop' }, /^contextRoot is "snoop"/],
    [{ inactiveIntervalMs: 0 }, /^inactiveIntervalMs is 0/],
  ] as const) {
    t.throws(() => createApplicationServer({ ...good, ...options }), {
      code: 'OPTION_INVALID',
      message,
    })
  }
})

t.test('a client that goes away in its body does no harm', async t => {
  const [a] = await pair(t)
  const socket = connect(a.port, a.host)
  socket.write('POST /snoop HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf')
  while (a.counters.received === 0) await turn()
  socket.destroy()
  t.match(await askFacts(a.url), { n: 1 })
  t.match(a.counters, { received: 2, answered: 1 })
})
