import { writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { join, resolve } from 'node:path'
import t, { type Test } from 'tap'
import { run } from '../../src/cli/run.ts'
import { captured } from './capture.ts'

const figure = resolve(import.meta.dirname, '../../plugin-cfg/figure-5-12.xml')

/** An application server on a port of its own. */
const origin = async (t: Test, listener: RequestListener): Promise<number> => {
  const server = createServer(listener)
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** A configuration that sends /app to that port. */
const configFor = (port: number, host = '127.0.0.1'): string => `<Config RefreshInterval="0">
  <VirtualHostGroup Name="any"><VirtualHost Name="*:*"/></VirtualHostGroup>
  <ServerCluster Name="App">
    <Server Name="app1" ConnectTimeout="5" ServerIOTimeout="60"><Transport Hostname="${host}" Port="${port}"/></Server>
  </ServerCluster>
  <UriGroup Name="app"><Uri Name="/app/*"/></UriGroup>
  <Route VirtualHostGroup="any" UriGroup="app" ServerCluster="App"/>
</Config>
`

/** A `serve` that runs until it is told to stop. */
const serving = async (t: Test, args: readonly string[], stdin = '') => {
  let stop = (): void => {}
  const stopped = new Promise<void>(resolve => {
    stop = resolve
  })
  t.teardown(() => stop())
  const output = { out: '', err: '' }
  let greeted = (_url: string): void => {}
  const url = new Promise<string>(resolve => {
    greeted = resolve
  })
  const status = run(['serve', '--port', '0', ...args], {
    stdin: async () => new TextEncoder().encode(stdin),
    out: text => {
      output.out += text
      const [, found] = /(http:\/\/\S+)\//.exec(output.out) ?? []
      if (found !== undefined) greeted(found)
    },
    err: text => {
      output.err += text
    },
    untilStopped: () => stopped,
  })
  // A server that does not come up ends before it greets.
  const first = await Promise.race([url, status])
  if (typeof first === 'number') throw new Error(`status ${first}: ${output.err}`)
  return { url: first, output, stop, status }
}

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
    'FILE is missing; usage: plugin-cfg serve FILE [--port PORT] [--host ADDRESS] [--trace]',
  ],
  [['serve', 'nowhere.xml'], 1, 'cannot read "nowhere.xml": there is no such file'],
  [['serve', 'x', '--port', 'http'], 2, '--port is "http"; write a whole number, 0 to 65535'],
  [['serve', 'x', '--port', '65536'], 2, '--port is "65536"; write a whole number, 0 to 65535'],
  // Node takes an empty address for every address of the machine.
  [
    ['serve', 'x', '--host='],
    2,
    '--host is empty; write an address of this machine, or 0.0.0.0 for all',
  ],
  [['serve', 'x', '--console-port', '1'], 2, 'unknown option --console-port'],
] as const

for (const [args, status, message] of wrong) {
  t.test(`plugin-cfg ${args.join(' ')} is refused in one line`, async t => {
    t.same(await captured(args), { status, out: '', err: `plugin-cfg serve: ${message}\n` })
  })
}
