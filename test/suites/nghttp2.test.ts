import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createApplicationServer } from '../../src/appserver/application-server.ts'
import { configFor, serving } from '../cli/serving.ts'
import { serverCertificate, serverKey } from '../support/certificates.ts'
import { notInstalled, run } from './behind-edge.ts'

// The clients of nghttp2, which its authors use to try HTTP/2 servers, against the TLS port of `plugin-cfg serve`.

const skip = notInstalled('nghttp', ['--version'], 'nghttp2-client')

/** A `serve` with a TLS port, before one application server. */
const stage = async (t: Test) => {
  const server = createApplicationServer({ name: 'app1', cloneId: '', contextRoot: '/app' })
  await server.start()
  t.teardown(() => server.kill())
  const dir = t.testdir({ 'cert.pem': serverCertificate, 'key.pem': serverKey })
  const identity = ['--cert', join(dir, 'cert.pem'), '--key', join(dir, 'key.pem')]
  const config = configFor(server.port).replace('<Config ', '<Config UseInsecure="true" ')
  const { urls } = await serving(t, ['-', '--tls-port', '0', ...identity], config)
  const file = async (name: string, content: string): Promise<string> => {
    await writeFile(join(dir, name), content)
    return join(dir, name)
  }
  return { server, file, url: `https://127.0.0.1:${new URL(urls.at(-1) ?? '').port}/app` }
}

const body = 'x'.repeat(200_000)
const sha256 = createHash('sha256').update(body).digest('hex')

t.test('nghttp: what HTTP/2 offers a request', { skip }, async t => {
  const { url, file } = await stage(t)
  const data = ['--data', await file('body', body)]
  const nghttp = (...args: string[]) => run(t, 'nghttp', ['--no-verify-peer', ...args])
  const facts = `${url}?format=json`

  const cases: readonly (readonly [title: string, args: readonly string[], sees: RegExp])[] = [
    ['a page', [facts], /"server": "app1"/],
    ['a large page', [`${url}?size=1000000`], /^[a-z0-9\n]{999000,}/],
    [
      'a page through small windows',
      ['-w', '4', '-W', '4', `${url}?size=300000`],
      /^[a-z0-9\n]{299000,}/,
    ],
    ['a page padded', ['--padding', '200', facts], /"server": "app1"/],
    ['a page without priorities', ['--no-dep', facts], /"server": "app1"/],
    ['a small table of header fields', ['--header-table-size', '0', facts], /"server": "app1"/],
    ['header fields in CONTINUATION frames', ['--continuation', facts], /"server": "app1"/],
    ['an upload', [...data, facts], new RegExp(`"length": 200000,\\s*"sha256": "${sha256}"`)],
    ['an upload padded', ['--padding', '100', ...data, facts], new RegExp(sha256)],
    [
      'an upload of no announced length',
      ['--no-content-length', ...data, facts],
      new RegExp(sha256),
    ],
    ['an upload that waits for 100', ['--expect-continue', ...data, facts], new RegExp(sha256)],
    ['an upload with a trailer', ['--trailer', 'x-sum: 1', ...data, facts], new RegExp(sha256)],
    ['a HEAD', ['-v', '-H', ':method: HEAD', facts], /:status: 200/],
    ['a status of the server', ['-v', `${url}?status=503`], /:status: 503/],
    ['a page that is not ours', ['-v', `${url.replace('/app', '/other')}`], /:status: 404/],
  ]
  for (const [title, args, sees] of cases) {
    const { exit, text } = await nghttp(...args)
    t.equal(exit, 0, title)
    t.match(text, sees, title)
    t.notMatch(text, /GOAWAY.*PROTOCOL_ERROR|RST_STREAM.*error_code=(?!NO_ERROR)/, title)
  }
})

t.test('nghttp: fifty requests on one connection', { skip }, async t => {
  const { server, url } = await stage(t)
  const args = ['--no-verify-peer', '--null-out', '--stat', '--multiply', '50', url]
  const { exit, text } = await run(t, 'nghttp', args)
  t.equal(exit, 0)
  t.equal(text.match(/^.* 200 +\d.*\/app$/gm)?.length, 50)
  t.equal(server.counters.answered, 50)
})

const loads: readonly (readonly [title: string, args: readonly string[]])[] = [
  ['HTTP/2, one request at a time', ['--clients', '20']],
  ['HTTP/2, twenty at a time', ['--clients', '10', '--max-concurrent-streams', '20']],
  [
    'HTTP/2, a hundred at a time through small windows',
    ['-c', '2', '-m', '100', '-w', '4', '-W', '4'],
  ],
  ['HTTP/1.1 over TLS', ['--h1', '--clients', '20']],
]

for (const [title, args] of loads) {
  t.test(`h2load: ${title}: every request is answered`, { skip }, async t => {
    const { server, file, url } = await stage(t)
    const many = ['--requests', '1000', ...args]
    for (const upload of [[], ['--data', await file('body', 'x'.repeat(10_000))]]) {
      const { exit, text } = await run(t, 'h2load', [...many, ...upload, `${url}?size=2000`])
      t.equal(exit, 0)
      t.match(text, /1000 done, 1000 succeeded, 0 failed, 0 errored, 0 timeout/)
      t.match(text, /status codes: 1000 2xx, 0 3xx, 0 4xx, 0 5xx/)
    }
    t.match(server.counters, { received: 2000, answered: 2000 })
  })
}
