import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rename, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { serverCertificate, serverKey } from '../support/certificates.ts'
import { freePort } from '../support/free-port.ts'
import { ask, eventually, listen } from '../support/loopback.ts'
import { captured } from './capture.ts'
import { builtProgram } from './serve-built.ts'
import { configFor, origin } from './serving.ts'

const main = await builtProgram(t)

/** The program as a process of its own, which has come up. */
const start = async (t: Test, args: readonly string[], stdin = '') => {
  const port = args.includes('--port') ? [] : ['--port', '0']
  const command = [main, 'serve', ...port, ...args]
  const child: ChildProcessWithoutNullStreams = spawn(process.execPath, command)
  t.teardown(() => child.kill('SIGKILL'))
  const output = { out: '', err: '' }
  child.stdout.on('data', chunk => {
    output.out += chunk
  })
  child.stderr.on('data', chunk => {
    output.err += chunk
  })
  child.stdin.end(stdin)
  const ended = once(child, 'close')
  let over = false
  void ended.then(() => {
    over = true
  })
  await eventually(() => over || /^serving .*$/m.test(output.out))
  if (over) throw new Error(`serve has ended: ${output.err}`)
  const [, url = ''] = /^serving \S+ on (http:\S+)\//m.exec(output.out) ?? []
  return { child, output, ended, port: Number(url === '' ? 0 : new URL(url).port) }
}

/** Numbers of the workers that have answered a first request. */
const workersIn = (out: string): ReadonlySet<string> =>
  new Set([...out.matchAll(/^worker (\d+): \[1\] {2}1 /gm)].map(([, number = '']) => number))

t.test('--workers: processes share the ports, and each has its own state', async t => {
  const server = await origin(t, (_request, response) => response.end('ok'))
  const args = [
    '-',
    '--workers',
    '2',
    '--trace',
    '--console-port',
    '0',
    '--port',
    '0',
    '--port',
    '0',
  ]
  const { child, output, ended, port } = await start(t, args, configFor(server))
  t.match(
    output.out,
    /^serving \(stdin\) on http:\S+\/ and http:\S+\/ with 2 workers, Ctrl-C to stop\n/m,
  )
  await eventually(() => output.out.match(/^worker \d: admin endpoint/gm)?.length === 2)
  // Connections go round the workers; each counts its requests by itself, from 1.
  while (workersIn(output.out).size < 2) {
    t.equal((await ask(port, '/app/')).body, 'ok')
  }
  t.same([...workersIn(output.out)].sort(), ['1', '2'])
  child.kill('SIGTERM')
  t.strictSame(await ended, [0, null])
  t.match(output.out, /\nstopping: requests under way finish, Ctrl-C ends at once\n/)
  t.equal(output.err, '')
  await t.rejects(ask(port, '/app/'), { code: 'ECONNREFUSED' })
})

t.test('SIGTERM: every worker finishes what it does', async t => {
  const waiting: (() => void)[] = []
  const server = await origin(t, (_request, response) => waiting.push(() => response.end('late')))
  const { child, output, ended, port } = await start(t, ['-', '--workers', '2'], configFor(server))
  const requests = Array.from({ length: 6 }, () => ask(port, '/app/'))
  await eventually(() => waiting.length === 6)
  child.kill('SIGTERM')
  await eventually(() => output.out.includes('stopping: '))
  for (const answer of waiting) answer()
  for (const request of requests) {
    t.match(await request, { body: 'late', headers: { connection: /close/ } })
  }
  t.strictSame(await ended, [0, null])
  t.equal(output.err, '')
})

t.test('the time to drain is for every worker, and the status is that of the worst', async t => {
  let waiting = 0
  const server = await origin(t, () => waiting++)
  const { child, output, ended, port } = await start(
    ...([t, ['-', '--workers', '2', '--drain', '0'], configFor(server)] as const),
  )
  const request = ask(port, '/app/')
  await eventually(() => waiting === 1)
  child.kill('SIGINT')
  await t.rejects(request)
  t.strictSame(await ended, [1, null])
  t.match(output.err, /^worker \d: gave up after 0 s: 1 request was cut off\n$/)
})

t.test('a second signal ends all at once', async t => {
  let waiting = 0
  const server = await origin(t, () => waiting++)
  const { child, output, ended, port } = await start(
    ...([t, ['-', '--workers', '1'], configFor(server)] as const),
  )
  const request = ask(port, '/app/')
  await eventually(() => waiting === 1)
  child.kill('SIGTERM')
  await eventually(() => output.out.includes('stopping: '))
  // Two signals that come together count as one: keep on until the program has taken the second for another.
  const again = setInterval(() => child.kill('SIGTERM'), 50)
  t.strictSame(await ended, [143, null])
  clearInterval(again)
  await t.rejects(request, 'the worker has not stayed behind')
})

const noProc = process.platform !== 'linux' && 'it asks /proc for the workers'

t.test('a worker that dies is replaced, on the same port', { skip: noProc }, async t => {
  const server = await origin(t, (_request, response) => response.end(String(process.pid)))
  const { child, output, ended, port } = await start(
    ...([t, ['-', '--workers', '1', '--console-port', '0'], configFor(server)] as const),
  )
  const admins = () => output.out.match(/^worker 1: admin endpoint on \S+, token \S+$/gm) ?? []
  await eventually(() => admins().length === 1)
  const [pid = 0] = await childrenOf(child.pid)
  process.kill(pid, 'SIGKILL')
  await eventually(() => admins().length === 2)
  t.match(output.err, /^worker 1 ended by SIGKILL; another is started now\n$/)
  t.equal((await ask(port, '/app/')).status, 200)
  const tokens = admins().map(line => line.split(' ').at(-1))
  t.equal(tokens[0], tokens[1], 'the token is that of all')
  child.kill('SIGTERM')
  t.strictSame(await ended, [0, null])
})

t.test('workers that die at once again and again are given up', { skip: noProc }, async t => {
  const dir = t.testdir({ 'plugin-cfg.xml': configFor(1) })
  const file = join(dir, 'plugin-cfg.xml')
  const { child, output, ended } = await start(t, [file, '--workers', '1'])
  await rename(file, `${file}.away`)
  const [pid = 0] = await childrenOf(child.pid)
  process.kill(pid, 'SIGKILL')
  t.strictSame(await ended, [1, null])
  const lines = output.err.trimEnd().split('\n')
  t.equal(lines[0], 'worker 1 ended by SIGKILL; another is started now')
  t.match(lines[1], /^worker 1: plugin-cfg serve: cannot read ".*": there is no such file$/)
  t.equal(lines[2], 'worker 1 ended with status 1 before it served; another is started in 0.1 s')
  t.equal(
    lines.at(-1),
    'worker 1 ended with status 1 before it served, 5 times in a row, and no other worker serves: giving up; what the workers have said above is the reason',
  )
})

t.test('SIGHUP goes to every worker: file, log and certificate are read again', async t => {
  const server = await origin(t, (_request, response) => response.end('ok'))
  const dir = t.testdir({
    'plugin-cfg.xml': configFor(server).replace('<Config ', '<Config UseInsecure="true" '),
    'cert.pem': serverCertificate,
    'key.pem': serverKey,
  })
  const [file, cert, key] = ['plugin-cfg.xml', 'cert.pem', 'key.pem'].map(name => join(dir, name))
  const { child, output, ended } = await start(t, [
    ...[file ?? '', '--port', '0', '--tls-port', '0', '--cert', cert ?? '', '--key', key ?? ''],
    ...['--workers', '2', '--console-port', '0', '--log', join(dir, 'plugin.log')],
  ])
  const count = (pattern: RegExp) => output.out.match(pattern)?.length ?? 0
  await eventually(() => count(/^worker \d: admin endpoint/gm) === 2)
  await writeFile(`${file}.new`, `${configFor(server)}<!-- another -->`)
  await rename(`${file}.new`, file ?? '')
  child.kill('SIGHUP')
  for (const number of [1, 2]) {
    await eventually(() => output.out.includes(`worker ${number}: reload of ${file}: loaded\n`))
    await eventually(() =>
      output.out.includes(`worker ${number}: certificate in "${cert}": read again\n`),
    )
  }
  child.kill('SIGTERM')
  t.strictSame(await ended, [0, null])
})

t.test('what hinders the first worker is told as without workers, with its status', async t => {
  const taken = await listen(t, net.createServer())
  const workers = ['-', '--workers', '3']
  const stdin = configFor(1)
  const stop = new Promise<void>(() => {})
  t.same(await captured(['serve', ...workers, '--port', String(taken)], { stdin, stop }), {
    status: 1,
    out: '',
    err: `plugin-cfg serve: port ${taken} of 127.0.0.1 is in use; choose another with --port\n`,
  })
})

t.test('the admin endpoint of each worker has the next port, and all have one token', async t => {
  const first = await freePort(2)
  const token = 'token-of-the-test'
  const args = ['-', '--workers', '2', '--console-port', String(first), '--token', token]
  const { child, output, ended } = await start(t, args, configFor(1))
  for (const number of [1, 2]) {
    const url = `http://127.0.0.1:${first + number - 1}`
    const line = `worker ${number}: admin endpoint on ${url}, token as given\n`
    await eventually(() => output.out.includes(line))
    const answer = await fetch(`${url}/reload`, {
      ...{ method: 'POST', headers: { authorization: `Bearer ${token}` } },
    })
    t.equal(answer.status, 200)
  }
  child.kill('SIGTERM')
  t.strictSame(await ended, [0, null])
  t.equal(output.err, '')
})

/** Processes that this one has started and that still run. */
const childrenOf = async (pid: number | undefined): Promise<readonly number[]> => {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.trim().split(' ').map(Number)
}
