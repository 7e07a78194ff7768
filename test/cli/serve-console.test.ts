import { rename } from 'node:fs/promises'
import { createServer as createTcpServer } from 'node:net'
import { join, resolve } from 'node:path'
import t, { type Test } from 'tap'
import { attach } from '../../src/admin/client.ts'
import { eventually, listen } from '../support/loopback.ts'
import { captured } from './capture.ts'
import { configFor, origin, serving } from './serving.ts'

const figure = resolve(import.meta.dirname, '../../plugin-cfg/figure-5-12.xml')
const token = 'token-of-the-test'
delete process.env.PLUGIN_CFG_TOKEN

/** Address and token as serve prints them. */
const consoleOf = async (output: { readonly out: string }) => {
  const pattern = /\nadmin endpoint on (http:\/\/127\.0\.0\.1:\d+), token (.+)\n/
  await eventually(() => pattern.test(output.out))
  const [, address = '', printed = ''] = pattern.exec(output.out) ?? []
  return { address, printed }
}

/** A serve of one application server, with these options. */
const served = async (t: Test, ...args: readonly string[]) => {
  const port = await origin(t, (_request, response) => response.end('ok'))
  return serving(t, ['-', ...args], configFor(port))
}

t.test('--console-port starts an admin endpoint and prints a token that nobody knew', async t => {
  const one = await served(t, '--console-port', '0')
  const { address, printed } = await consoleOf(one.output)
  t.match(printed, /^[\w-]{32}$/)
  const reload = (given: string) =>
    fetch(`${address}/reload`, { method: 'POST', headers: { authorization: `Bearer ${given}` } })
  t.equal((await reload('something-else')).status, 401)
  t.equal((await reload(printed)).status, 200)
  t.match(one.output.out, /\nreload of the configuration: loaded\n/)
  t.equal((await fetch(`${one.url}/reload`, { method: 'POST' })).status, 404, 'not on this port')
  const two = await served(t, '--console-port', '0')
  t.not((await consoleOf(two.output)).printed, printed, 'another one each time')
  for (const { stop, status } of [one, two]) {
    stop()
    t.equal(await status, 0)
  }
  await t.rejects(attach(address), { code: 'UNREACHABLE' })
})

t.test('without --console-port there is no admin endpoint', async t => {
  const { output, stop, status } = await served(t)
  stop()
  await status
  t.notMatch(output.out, 'admin endpoint')
})

t.test('--token and PLUGIN_CFG_TOKEN give the token, which is not printed then', async t => {
  process.env.PLUGIN_CFG_TOKEN = 'token-of-environment'
  t.teardown(() => {
    delete process.env.PLUGIN_CFG_TOKEN
  })
  for (const [args, right] of [
    [['--token', token], token],
    [[], 'token-of-environment'],
  ] as const) {
    const { output, stop, status } = await served(t, '--console-port', '0', ...args)
    const { address, printed } = await consoleOf(output)
    t.equal(printed, 'as given')
    t.same(await (await attach(address, right)).recordings(), [])
    await t.rejects((await attach(address, 'something-else')).recordings(), { code: 'TOKEN' })
    stop()
    await status
    t.notMatch(output.out + output.err, right)
  }
})

t.test('what cannot be listened on is one clear line that names the option', async t => {
  const port = await listen(t, createTcpServer())
  const serve = (...args: readonly string[]) => captured(['serve', figure, '--port', '0', ...args])
  t.match(await serve('--console-port', String(port)), {
    status: 1,
    out: '',
    err: `plugin-cfg serve: port ${port} of 127.0.0.1 is in use; choose another with --console-port\n`,
  })
  t.match(await serve('--console-port', '0', '--console-host', '192.0.2.1'), {
    status: 1,
    err: 'plugin-cfg serve: 192.0.2.1 is not an address of this machine; choose another with --console-host\n',
  })
  t.match(await serve('--console-port', '0', '--token', 'short'), {
    status: 2,
    err: 'plugin-cfg serve: admin endpoint: token is too short or has a space in it; write 8 or more visible characters\n',
  })
})

t.test('--record keeps the last requests for those who have the token', async t => {
  const { url, output, stop, status } = await served(
    ...([t, '--console-port', '0', '--token', token, '--record', '2'] as const),
  )
  const { address } = await consoleOf(output)
  for (const path of ['/app/1', '/app/2', '/app/3']) await (await fetch(`${url}${path}`)).text()
  const attached = await attach(address, token)
  const list = await attached.recordings()
  t.match(list, [
    { exchange: 2, method: 'GET', url: `${url}/app/2`, status: 200, code: 'ONLY' },
    { exchange: 3, url: `${url}/app/3` },
  ])
  t.equal(list.length, 2)
  t.match(await attached.recording(3), {
    config: { clusters: [{ name: 'App' }] },
    recording: { version: 1, exchange: 3, head: { target: '/app/3' }, status: 200 },
  })
  await t.rejects(attached.recording(1), { code: 'REFUSED', message: /is not recorded/ })
  t.notMatch(output.out, /Route 1 matches/, 'nothing is printed without --trace')
  stop()
  await status
})

t.test('--trace-header follows those that ask, and tells them how it was decided', async t => {
  const { url, output, stop, status } = await served(t, '--trace', '--trace-header')
  const silent = await fetch(`${url}/app/`)
  t.equal(silent.headers.get('x-plugin-decision'), null)
  const asking = await fetch(`${url}/app/`, { headers: { 'x-plugin-trace': '1' } })
  t.match(asking.headers.get('x-plugin-decision'), /^ONLY; server=app1; cluster=App; exchange=2/)
  stop()
  await status
  t.notMatch(output.out, '\n[1] ')
  t.match(output.out, /\n\[2\] {2}1 {2}Route 1 matches/)
})

t.test('--trace-every prints one request in N', async t => {
  const { url, output, stop, status } = await served(t, '--trace', '--trace-every', '3')
  for (let i = 0; i < 4; i++) await (await fetch(`${url}/app/`)).text()
  stop()
  await status
  const printed = [...output.out.matchAll(/^\[(\d+)\] {2}1 /gm)].map(match => match[1])
  t.same(printed, ['1', '4'])
})

t.test('what is followed can be changed while the edge runs', async t => {
  const { url, output, stop, status } = await served(
    ...([t, '--trace', '--console-port', '0', '--token', token] as const),
  )
  const { address } = await consoleOf(output)
  const trace = async (options: unknown) => {
    const answer = await fetch(`${address}/trace`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(options),
    })
    return { status: answer.status, body: await answer.json() }
  }
  const page = async () => (await fetch(`${url}/app/`)).text()
  await page()
  t.same(await trace(null), { status: 200, body: { trace: null } })
  await page()
  const when = { status: 200 }
  t.same(await trace({ when }), { status: 200, body: { trace: { when } } })
  await page()
  t.match(await trace({ every: 0 }), { status: 400, body: { error: /^trace\.every is 0; write / } })
  t.same(await (await fetch(`${address}/trace`)).json(), { trace: { when } })
  stop()
  await status
  const printed = [...output.out.matchAll(/^\[(\d+)\] {2}1 /gm)].map(match => match[1])
  t.same(printed, ['1', '3'])
})

t.test(
  "--log writes the plug-in's log; SIGHUP and the endpoint open it again",
  { skip: process.platform === 'win32' && 'there is no SIGHUP' },
  async t => {
    const { readFile, access } = await import('node:fs/promises')
    const dir = t.testdir({})
    const file = join(dir, 'http_plugin.log')
    const { url, output, stop, status } = await served(
      ...([t, '--log', file, '--log-level', 'Stats', '--console-port', '0'] as const),
      ...(['--token', token] as const),
    )
    const { address } = await consoleOf(output)
    const there = () =>
      access(file).then(
        () => true,
        () => false,
      )
    const page = async () => {
      await (await fetch(`${url}/app/`)).text()
      while (!(await there())) await new Promise(resolve => setTimeout(resolve, 1))
    }
    await page()
    await rename(file, join(dir, 'first.log'))
    process.emit('SIGHUP')
    await page()
    await rename(file, join(dir, 'second.log'))
    const answer = await fetch(`${address}/log/reopen`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    })
    t.same(await answer.json(), { reopened: true })
    await page()
    stop()
    t.equal(await status, 0)
    for (const name of ['first.log', 'second.log', 'http_plugin.log']) {
      t.match(await readFile(join(dir, name), 'latin1'), /STATS: ws_server: /, name)
    }
    t.notMatch(output.out, 'reload', 'standard input cannot be read again')
  },
)

t.test(
  'SIGHUP loads the file again, and nothing listens for it afterwards',
  { skip: process.platform === 'win32' && 'there is no SIGHUP' },
  async t => {
    const before = process.listenerCount('SIGHUP')
    const { output, stop, status } = await serving(t, [figure])
    process.emit('SIGHUP')
    await eventually(() => output.out.includes('reload'))
    t.match(output.out, `\nreload of ${figure}: loaded\n`)
    stop()
    await status
    t.equal(process.listenerCount('SIGHUP'), before)
  },
)
