import { writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { join, resolve } from 'node:path'
import t from 'tap'
import { freePort } from '../support/free-port.ts'
import { ask, listen } from '../support/loopback.ts'
import { captured } from './capture.ts'
import { configFor, origin, serving } from './serving.ts'

const figure = resolve(import.meta.dirname, '../../plugin-cfg/figure-5-12.xml')

t.test('serve routes real requests, and ends with status 0 when it is stopped', async t => {
  const port = await origin(t, (request, response) => response.end(`origin got ${request.url}`))
  const dir = t.testdir({ 'plugin-cfg.xml': configFor(port) })
  const file = join(dir, 'plugin-cfg.xml')
  const { url, output, stop, status } = await serving(t, [file])
  t.equal(output.out, `serving ${file} on ${url}/, Ctrl-C to stop\n`)
  const answer = await fetch(`${url}/app/x?y=1`)
  t.equal(answer.status, 200)
  t.equal(await answer.text(), 'origin got /app/x?y=1')
  t.equal((await fetch(`${url}/other`)).status, 404)
  stop()
  t.equal(await status, 0)
  t.match(output.out, /\nstopping: requests under way finish, Ctrl-C ends at once\n$/)
  t.equal(output.err, '')
  await t.rejects(fetch(`${url}/app/x`), 'nobody listens any more')
})

t.test('--trace prints the steps of each request', async t => {
  const port = await origin(t, (_request, response) => response.end())
  const { url, output, stop, status } = await serving(t, ['-', '--trace'], configFor(port))
  await (await fetch(`${url}/app/`)).text()
  await (await fetch(`${url}/other`)).text()
  stop()
  await status
  t.match(output.out, /\n\[1\] {2}1 {2}Route 1 matches: host 127\.0\.0\.1, port \d+/)
  t.match(
    output.out,
    /\n\[1\] {1,2}\d+ {2}app1 answers with status 200, 1 attempt {2}\(ws_common: /,
  )
  t.match(output.out, /\n\[2\] {2}1 {2}No Route matches/)
})

t.test('a request under way is finished before serve ends', async t => {
  let answer = (): void => {}
  let arrived = (): void => {}
  const waiting = new Promise<void>(resolve => {
    arrived = resolve
  })
  const port = await origin(t, (_request, response) => {
    answer = () => response.end('late')
    arrived()
  })
  const { url, output, stop, status } = await serving(t, ['-'], configFor(port))
  const request = fetch(`${url}/app/`)
  await waiting
  stop()
  while (!output.out.includes('stopping')) await new Promise(resolve => setImmediate(resolve))
  answer()
  t.equal(await (await request).text(), 'late')
  t.equal(await status, 0)
})

t.test('a changed file is taken over, one with errors is reported and left alone', async t => {
  const one = await origin(t, (_request, response) => response.end('one'))
  const two = await origin(t, (_request, response) => response.end('number two'))
  const file = join(t.testdir({ 'plugin-cfg.xml': configFor(one) }), 'plugin-cfg.xml')
  const { url, output, stop, status } = await serving(t, [file])
  const page = async () => (await fetch(`${url}/app/`)).text()
  t.equal(await page(), 'one')
  await writeFile(file, `${configFor(two)}<!-- other size -->`)
  t.equal(await page(), 'number two')
  t.match(output.out, `reload of ${file}: loaded\n`)
  await writeFile(file, '<Config')
  t.equal(await page(), 'number two')
  t.match(output.out, `reload of ${file}: refused\n`)
  t.match(output.err, new RegExp(`^${file}:1:\\d+ error L01 `, 'm'))
  stop()
  await status
})

t.test('an upgrade is offered to the edge as well', async t => {
  const { url, stop, status } = await serving(t, ['-'], configFor(1))
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(
    'GET /other HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n',
  )
  let text = ''
  for await (const chunk of socket) text += chunk
  t.match(text, /^HTTP\/1\.1 404 /)
  stop()
  await status
})

t.test('a port that no VirtualHost has is pointed out', async t => {
  const { output, stop, status } = await serving(t, [figure])
  t.match(
    output.out,
    /\nnote: no VirtualHost has port \d+, so a request whose Host header says \d+ is declined\n/,
  )
  stop()
  await status
})

t.test('a Route for every host takes every port', async t => {
  const stdin = configFor(1).replace('VirtualHostGroup="any" ', '')
  const { output, stop, status } = await serving(t, ['-'], stdin)
  t.notMatch(output.out, 'note:')
  stop()
  await status
})

t.test('with VHostMatchingCompat it is every request that such a port declines', async t => {
  const file = resolve(import.meta.dirname, '../../plugin-cfg/trusted-proxy.xml')
  const { output, stop, status } = await serving(t, [file])
  t.match(output.out, /\nnote: no VirtualHost has port \d+, .* so every request is declined\n/)
  stop()
  await status
})

t.test('a file without a Route serves nothing, and says so', async t => {
  const { url, output, stop, status } = await serving(t, ['-'], '<Config/>')
  t.match(output.out, '\nnote: there is no Route, so every request is declined\n')
  t.equal((await fetch(`${url}/`)).status, 404)
  stop()
  await status
})

t.test('several ports may be given, and each is named in the greeting', async t => {
  const port = await origin(t, (_request, response) => response.end('ok'))
  const three = ['--port', '0', '--port', '0', '--port', '0'] as const
  const { urls, output, stop, status } = await serving(t, ['-', ...three], configFor(port))
  t.equal(new Set(urls).size, 3)
  t.equal(
    output.out,
    `serving (stdin) on ${urls[0]}/, ${urls[1]}/ and ${urls[2]}/, Ctrl-C to stop\n`,
  )
  for (const url of urls) t.equal(await (await fetch(`${url}/app/`)).text(), 'ok')
  stop()
  t.equal(await status, 0)
})

t.test('M3 with VHostMatchingCompat each listener has the port that it is reached by', async t => {
  const server = await origin(t, (_request, response) => response.end('ok'))
  const [one, two] = [await freePort(), await freePort()]
  const stdin = configFor(server)
    .replace('<Config ', '<Config VHostMatchingCompat="true" ')
    .replace('*:*', `*:${two}`)
  const { urls, output, stop, status } = await serving(
    ...([t, ['-', '--port', String(one), '--port', String(two)], stdin] as const),
  )
  t.match(output.out, `note: no VirtualHost has port ${one}, and with VHostMatchingCompat `)
  t.notMatch(output.out, `note: no VirtualHost has port ${two}`)
  // The port in the Host header is that of the other listener.
  const page = async (url: string | undefined, host: number) => {
    const { port } = new URL(url ?? '')
    return ask(Number(port), '/app/', { headers: { Host: `a:${host}` } })
  }
  t.match(await page(urls[0], two), { status: 404 })
  t.match(await page(urls[1], one), { status: 200, body: 'ok' })
  stop()
  await status
})

t.test('a port that cannot be had closes those that were open already', async t => {
  const taken = await listen(t, createTcpServer())
  const free = await freePort()
  const { status, out, err } = await captured(
    ...([['serve', figure, '--port', String(free), '--port', String(taken)]] as const),
  )
  t.match({ status, out }, { status: 1, out: '' })
  t.match(err, `port ${taken} of 127.0.0.1 is in use; choose another with --port\n`)
  await t.rejects(ask(free, '/'), { code: 'ECONNREFUSED' })
})

t.test('an IPv6 address may stand in brackets', async t => {
  const { err } = await captured(['serve', figure, '--port', '0', '--host', '[2001:db8::1]'])
  t.match(err, 'plugin-cfg serve: 2001:db8::1 is not an address of this machine;')
})

t.test('a port in use is one clear line, status 1', async t => {
  const other = createTcpServer()
  t.teardown(() => other.close())
  await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as AddressInfo
  t.same(await captured(['serve', figure, '--port', String(port)]), {
    status: 1,
    out: '',
    err: `plugin-cfg serve: port ${port} of 127.0.0.1 is in use; choose another with --port\n`,
  })
})

t.test('an address that is not ours is one clear line, status 1', async t => {
  for (const host of ['192.0.2.1', 'no-such-host.invalid']) {
    t.same(await captured(['serve', figure, '--port', '0', '--host', host]), {
      status: 1,
      out: '',
      err: `plugin-cfg serve: ${host} is not an address of this machine; choose another with --host\n`,
    })
  }
})

t.test('E5 a file with errors is printed and refused, status 1', async t => {
  const file = join(t.testdir({ 'bad.xml': '<Config><Route/></Config>' }), 'bad.xml')
  const { status, out, err } = await captured(['serve', file, '--port', '0'])
  t.equal(status, 1)
  t.equal(out, '')
  t.match(err, new RegExp(`^${file}:1:9 error L06 `, 'm'))
  t.match(err, /\nplugin-cfg serve: .* has \d+ errors? and cannot be used\n$/)
})

t.test('E6 a transport whose name does not resolve is an error of the file', async t => {
  const file = join(
    t.testdir({ 'plugin-cfg.xml': configFor(80, 'no-such-host.invalid') }),
    'plugin-cfg.xml',
  )
  const { status, err } = await captured(['serve', file, '--port', '0'])
  t.equal(status, 1)
  t.match(err, new RegExp(`^${file}:\\d+:\\d+ error L07 .*no-such-host\\.invalid`, 'm'))
})

const wrong = [
  [
    ['serve'],
    2,
    'FILE is missing; usage: plugin-cfg serve FILE [--port PORT] [--tls-port PORT --cert FILE --key FILE] [--workers N] [options]',
  ],
  [['serve', 'nowhere.xml'], 1, 'cannot read "nowhere.xml": there is no such file'],
  [['serve', 'x', '--port', 'http'], 2, '--port is "http"; write a whole number, 0 to 65535'],
  [['serve', 'x', '--port', '65536'], 2, '--port is "65536"; write a whole number, 0 to 65535'],
  [
    ['serve', 'x', '--port', '81', '--tls-port', '81', '--pfx', 'y'],
    2,
    'port 81 is given twice; write each with --port or --tls-port once',
  ],
  [['serve', 'x', '--drain', '-1'], 2, '--drain is "-1"; write a whole number, 0 to 86400'],
  [['serve', 'x', '--keep-alive', '0'], 2, '--keep-alive is "0"; write a whole number, 1 to 86400'],
  [
    ['serve', 'x', '--request-timeout', '1m'],
    2,
    '--request-timeout is "1m"; write a whole number, 0 to 86400',
  ],
  [
    ['serve', 'x', '--header-size', '16'],
    2,
    '--header-size is "16"; write a whole number, 1024 to 1048576',
  ],
  [['serve', 'x', '--workers', '0'], 2, '--workers is "0"; write a whole number, 1 to 1024'],
  [
    ['serve', 'x', '--workers', '4', '--console-port', '65533'],
    2,
    '--console-port 65533 leaves no port for 4 workers, which take one each; write 65532 or less',
  ],
  // Node takes an empty address for every address of the machine.
  [
    ['serve', 'x', '--host='],
    2,
    '--host is empty; write an address of this machine, or 0.0.0.0 for all',
  ],
  [
    ['serve', 'x', '--console-port', 'on'],
    2,
    '--console-port is "on"; write a whole number, 0 to 65535',
  ],
  [
    ['serve', 'x', '--token', 'abcdefgh'],
    2,
    '--token is for the admin endpoint, which --console-port PORT starts; write both',
  ],
  [
    ['serve', 'x', '--console-host', '127.0.0.1'],
    2,
    '--console-host is for the admin endpoint, which --console-port PORT starts; write both',
  ],
  [
    ['serve', 'x', '--trace-every', '0'],
    2,
    '--trace-every is "0"; write a whole number, 1 or more',
  ],
  [['serve', 'x', '--record', '-1'], 2, '--record is "-1"; write a whole number, 1 to 10000'],
  [['serve', 'x', '--log='], 2, '--log is empty; write the path of a file'],
  [
    ['serve', 'x', '--log-level', 'all'],
    2,
    '--log-level is "all"; write one of error, warn, stats, detail, debug, trace',
  ],
] as const

for (const [args, status, message] of wrong) {
  t.test(`plugin-cfg ${args.join(' ')} is refused in one line`, async t => {
    t.same(await captured(args), { status, out: '', err: `plugin-cfg serve: ${message}\n` })
  })
}
