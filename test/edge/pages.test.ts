import http from 'node:http'
import t from 'tap'
import type { ErrorPageRequest } from '../../src/edge/error-page.ts'
import { errorPage } from '../../src/edge/error-page.ts'
import { edgeConfig } from '../support/edge-config.ts'
import {
  ask,
  edgeOn,
  eventually,
  listen,
  origin,
  rawAsk,
  refusingPort,
} from '../support/loopback.ts'

const accepts = [
  [undefined, 'html'],
  ['', 'html'],
  ['*/*', 'html'],
  ['text/html,application/xhtml+xml,application/json;q=0.9', 'html'],
  ['application/json', 'json'],
  ['application/json, text/html;q=0.5', 'json'],
  ['application/problem+json', 'json'],
  ['text/*, application/json', 'html'],
] as const

for (const [accept, kind] of accepts) {
  t.test(`E13 Accept ${accept ?? 'absent'} gets a page in ${kind}`, async t => {
    const page = errorPage(503, accept)
    t.match(page.contentType, kind)
    if (kind === 'json') {
      t.strictSame(JSON.parse(String(page.body)), {
        status: 503,
        error: 'Service Unavailable',
        message: 'The site is busy. Please try again in a moment.',
      })
    } else t.match(page.body, /<title>503 Service Unavailable<\/title>/)
  })
}

t.test('E13 a page says nothing about servers, and is not to be stored', async t => {
  const refused = await refusingPort()
  const { port } = await edgeOn(t, edgeConfig([{ name: 'secretMember', port: refused }]))
  const answer = await ask(port, '/')
  t.equal(answer.status, 500)
  t.notMatch(answer.body, new RegExp(`secretMember|Cluster|127\\.0\\.0\\.1|${refused}|ECONN`))
  t.match(answer.headers, { 'cache-control': 'no-store', 'content-length': String })
})

t.test('a page for HEAD has a length and no body', async t => {
  const { port } = await edgeOn(t, edgeConfig([{ port: await refusingPort() }]))
  t.match(await ask(port, '/', { method: 'HEAD' }), {
    status: 500,
    body: '',
    headers: { 'content-length': /^\d+$/ },
  })
})

t.test('a host can have pages of its own, for those that it wants', async t => {
  const asked: ErrorPageRequest[] = []
  const { port, warnings } = await edgeOn(t, edgeConfig([{ port: await refusingPort() }]), {
    errorPage: page => {
      asked.push(page)
      if (page.request.url === '/throws') throw new Error('of the host')
      if (page.request.url === '/plain') return undefined
      return { contentType: 'text/plain', body: `sorry (${page.status})` }
    },
  })
  t.match(await ask(port, '/'), {
    status: 500,
    body: 'sorry (500)',
    headers: { 'content-type': 'text/plain' },
  })
  t.match(asked, [{ status: 500, reason: 'attempts-failed' }])
  t.match(await ask(port, '/plain'), { status: 500, body: /Internal Server Error/ })
  t.match(await ask(port, '/throws'), { status: 500, body: /Internal Server Error/ })
  t.match(warnings, [{ code: 'HOOK_FAILED', message: /errorPage threw: Error: of the host/ }])
})

for (const [title, chunked, postBufferSizeBytes] of [
  ['announced', false, 65_536],
  ['found out while reading it into memory', true, 65_536],
  ['found out while streaming', true, 0],
] as const) {
  t.test(`E11 a body larger than PostSizeLimit, ${title}, gets 413`, async t => {
    const server = await origin(t)
    const { port, edge, records } = await edgeOn(
      t,
      edgeConfig([{ port: server.port }], {
        cluster: { postSizeLimitBytes: 1000, postBufferSizeBytes },
      }),
    )
    const answer = await ask(port, '/', { method: 'POST', body: 'x'.repeat(1001), chunked })
    t.match(answer, { status: 413, body: /Content Too Large/ })
    t.equal(server.seen.length, 0, 'no server took it for whole')
    await eventually(() => edge.counters().running === 0)
    t.match(records, [{ status: 413, reason: 'body-too-large' }])
    t.match(edge.snapshot().clusters[0]?.servers, [{ pending: 0, failed: 0, health: 'up' }])
    t.equal((await ask(port, '/', { method: 'POST', body: 'x'.repeat(1000) })).status, 200)
  })
}

t.test('E11 after a 413 the connection goes on, with the rest of the body dropped', async t => {
  const server = await origin(t)
  const { port } = await edgeOn(
    t,
    edgeConfig([{ port: server.port }], { cluster: { postSizeLimitBytes: 10 } }),
  )
  const text = await rawAsk(
    port,
    `POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 500000\r\n\r\n${'x'.repeat(500_000)}` +
      'GET /2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
  )
  t.match(text, /^HTTP\/1\.1 413 /)
  t.match(text, /HTTP\/1\.1 200 /)
  t.match(server.seen, [{ url: '/2' }])
})

t.test('a body that grows too large after the answer has begun cuts the answer off', async t => {
  const server = http.createServer((_, response) => {
    response.write('early')
  })
  const serverPort = await listen(t, server)
  const { port, edge } = await edgeOn(
    t,
    edgeConfig([{ port: serverPort }], {
      cluster: { postSizeLimitBytes: 10, postBufferSizeBytes: 0 },
    }),
  )
  await t.rejects(
    new Promise((_, reject) => {
      const request = http.request(
        { port, host: '127.0.0.1', method: 'POST', agent: false },
        response => {
          response.on('data', () => request.write('much too long for this limit'))
          response.on('error', reject)
        },
      )
      request.on('error', reject)
      request.write('short')
    }),
  )
  await eventually(() => edge.counters().running === 0)
  t.match(edge.snapshot().clusters[0]?.servers, [{ pending: 0, health: 'up' }])
})
