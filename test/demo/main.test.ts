import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import t from 'tap'

const main = fileURLToPath(new URL('../../src/demo/main.ts', import.meta.url))

/** Starts the program as `npm start` does, from another directory. */
const start = (t: Test, ...args: string[]) => {
  const child = spawn(process.execPath, [...process.execArgv, main, ...args], {
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const written = { out: '', err: '' }
  const seen = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      child.stdout.on('data', () => {
        if (written.out.includes(text)) resolve()
      })
      child.once('close', () => reject(new Error(`'${text}' was not written`)))
    })
  child.stdout.setEncoding('utf8').on('data', chunk => {
    written.out += chunk
  })
  child.stderr.setEncoding('utf8').on('data', chunk => {
    written.err += chunk
  })
  return { child, written, seen, ended: once(child, 'close') }
}

t.test('--once ends by itself with status 0, from any directory', async t => {
  const { written, ended } = start(t, '--once', '--port', '0')
  t.strictSame(await ended, [0, null])
  t.equal(written.err, '')
  t.match(written.out, /All ten steps happened/)
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  t.test(`${signal} ends it with status 0, also when it comes twice at once`, async t => {
    const { child, written, seen, ended } = start(t, '--port', '0')
    await seen('until Ctrl-C')
    child.kill(signal)
    child.kill(signal)
    t.strictSame(await ended, [0, null])
    t.equal(written.err, '')
  })
}

t.test('a wrong option ends it with status 2 and one line', async t => {
  const { written, ended } = start(t, '--port', '-1')
  t.strictSame(await ended, [2, null])
  t.equal(written.out, '')
  t.match(written.err, /^[^\n]+\n$/)
})

t.test('a reader that goes away ends it without a stack trace', async t => {
  const { child, written, seen, ended } = start(t, '--port', '0')
  await seen('until Ctrl-C')
  const [url] = /http:\S+\/snoop/.exec(written.out) ?? []
  child.stdout.destroy()
  // The line about this request has nowhere to go.
  t.equal((await fetch(url ?? '')).status, 200)
  t.strictSame(await ended, [0, null])
  t.equal(written.err, '')
})
