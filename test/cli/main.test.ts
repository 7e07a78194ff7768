import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import t, { type Test } from 'tap'

const main = resolve(import.meta.dirname, '../../src/cli/main.ts')
const folder = resolve(import.meta.dirname, '../../plugin-cfg')

/** The program as a process of its own, with the loader that this test has. */
const command = [...process.execArgv, main]

const start = (t: Test, args: readonly string[]): ChildProcessWithoutNullStreams => {
  const child = spawn(process.execPath, [...command, ...args])
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

const ended = async (child: ChildProcessWithoutNullStreams, stdin?: string | Uint8Array) => {
  const output = { out: '', err: '' }
  child.stdout.on('data', chunk => {
    output.out += chunk
  })
  child.stderr.on('data', chunk => {
    output.err += chunk
  })
  child.stdin.on('error', () => {})
  child.stdin.end(stdin)
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  return { ...output, code, signal }
}

t.test('the exit status of the process is that of the command', async t => {
  const good = await ended(start(t, ['routes', `${folder}/backups.xml`]))
  t.match(good, { code: 0, out: /Primary1, Primary2/, err: '' })
  const bad = await ended(start(t, ['check', 'nowhere.xml']))
  t.match(bad, { code: 1, err: /^plugin-cfg check: cannot read "nowhere\.xml"/ })
  const wrong = await ended(start(t, ['chek']))
  t.match(wrong, { code: 2, out: '', err: /^plugin-cfg: unknown command "chek"/ })
})

t.test('standard input is read as bytes in the encoding it says', async t => {
  const xml =
    '<?xml version="1.0" encoding="ISO-8859-1"?><Config><ServerCluster Name="caf\xe9"/></Config>'
  const result = await ended(start(t, ['check', '-']), Buffer.from(xml, 'latin1'))
  t.match(result, { code: 1, out: /\(stdin\):1:\d+ error L09 .*café/ })
})

t.test('standard input without end is read up to the limit of a file, and no further', async t => {
  const child = start(t, ['check', '-'])
  const chunk = Buffer.alloc(1 << 20, ' ')
  child.stdin.on('error', () => {})
  const feed = (): void => {
    while (child.stdin.writable && child.stdin.write(chunk)) {}
    child.stdin.once('drain', feed)
  }
  feed()
  let out = ''
  for await (const text of child.stdout) out += text
  t.match(out, /\(stdin\):1:1 error /)
})

t.test('a reader that has enough ends the program without a word', async t => {
  const files = Array.from({ length: 200 }, () => `"${folder}/timeouts.xml"`).join(' ')
  const line = [process.execPath, ...command].map(word => `"${word}"`).join(' ')
  const child = spawn('sh', ['-c', `${line} check ${files} | head -n 1`])
  const { out, err, code } = await ended(child)
  t.equal(code, 0)
  t.equal(err, '')
  t.equal(out.split('\n').length, 2)
})

t.test('output that cannot be written is said, status 1', async t => {
  if (!existsSync('/dev/full')) return t.comment('there is no /dev/full here')
  const line = [process.execPath, ...command].map(word => `"${word}"`).join(' ')
  const child = spawn('sh', ['-c', `${line} check "${folder}/timeouts.xml" > /dev/full`])
  const { err, code } = await ended(child)
  t.equal(code, 1)
  t.match(err, /^cannot write the output: .*ENOSPC.*\n$/)
})

t.test('Ctrl-C and SIGTERM end serve with status 0', async t => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const child = start(t, ['serve', `${folder}/figure-5-12.xml`, '--port', '0'])
    await once(child.stdout, 'data')
    child.kill(signal)
    t.match(await ended(child), { code: 0, signal: null, err: '' })
  }
})

t.test('a second Ctrl-C does not wait for requests under way', async t => {
  const origin = createServer(() => {})
  t.teardown(() => {
    origin.closeAllConnections()
    origin.close()
  })
  await new Promise<void>(resolve => origin.listen(0, '127.0.0.1', resolve))
  const { port } = origin.address() as AddressInfo
  const child = start(t, ['serve', '-', '--port', '0'])
  child.stdin.end(
    `<Config><ServerCluster Name="C"><Server Name="m1"><Transport Hostname="127.0.0.1" Port="${port}"/></Server></ServerCluster><UriGroup Name="u"><Uri Name="/*"/></UriGroup><Route UriGroup="u" ServerCluster="C"/></Config>`,
  )
  const [greeting] = await once(child.stdout, 'data')
  const [url = ''] = /http:\S+\//.exec(String(greeting)) ?? []
  const request = fetch(url).catch(() => 'broken')
  await once(origin, 'request')
  child.kill('SIGINT')
  await once(child.stdout, 'data')
  // Two signals that come together count as one: keep on until the program has taken the second for another.
  const again = setInterval(() => child.kill('SIGINT'), 50)
  const [code] = await once(child, 'exit')
  clearInterval(again)
  t.equal(code, 130)
  t.equal(await request, 'broken')
})
