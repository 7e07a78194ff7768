import { existsSync, readFileSync, renameSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { LogFile } from '../../src/log/log-file.ts'
import { unwritable } from '../../src/log/log-problem.ts'

// On a real disk.

const open = (path: string, errors: unknown[] = []): LogFile =>
  new LogFile({
    path,
    maxQueueBytes: 1_000_000,
    checkMs: 0,
    lostNote: lines => `lost ${lines}\n`,
    onError: error => errors.push(error),
  })

const write = async (file: LogFile, text: string): Promise<void> => {
  file.write(`${text}\n`)
  await file.flush()
}

t.test('a log that is renamed is followed by a new one', async t => {
  const path = join(t.testdir(), 'http_plugin.log')
  const file = open(path)
  await write(file, 'one')
  renameSync(path, `${path}.1`)
  await write(file, 'two')
  await file.close()
  t.equal(readFileSync(`${path}.1`, 'utf8'), 'one\n')
  t.equal(readFileSync(path, 'utf8'), 'two\n')
})

t.test('a log that is removed is made anew', async t => {
  const path = join(t.testdir(), 'http_plugin.log')
  const file = open(path)
  await write(file, 'one')
  rmSync(path)
  await write(file, 'two')
  await file.close()
  t.equal(readFileSync(path, 'utf8'), 'two\n')
})

t.test('a log that is truncated goes on at its beginning', async t => {
  const path = join(t.testdir(), 'http_plugin.log')
  const file = open(path)
  await write(file, 'one')
  truncateSync(path)
  await write(file, 'two')
  await file.close()
  t.equal(readFileSync(path, 'utf8'), 'two\n')
})

t.test('a log that is there is gone on with', async t => {
  const path = join(t.testdir({ 'http_plugin.log': 'before\n' }), 'http_plugin.log')
  const file = open(path)
  await write(file, 'after')
  await file.close()
  t.equal(readFileSync(path, 'utf8'), 'before\nafter\n')
})

t.test('a missing directory is not made, and the problem says so', async t => {
  const path = join(t.testdir(), 'logs', 'http_plugin.log')
  const errors: unknown[] = []
  const file = open(path, errors)
  await write(file, 'one')
  await file.close()
  t.notOk(existsSync(path))
  t.equal(file.dropped, 1)
  const problem = unwritable(path, errors[0])
  t.match(problem, { code: 'LOG_UNWRITABLE', file: path })
  t.match(problem.message, /ENOENT.*; make the directory \S+logs, or write another Log Name$/)
})

t.test('a directory in place of the log is a problem and no crash', async t => {
  const path = t.testdir()
  const errors: unknown[] = []
  const file = open(path, errors)
  await write(file, 'one')
  await file.close()
  t.match(unwritable(path, errors[0]).message, /cannot be written: .+/)
})

const device = '/dev/full'
t.test(
  'a disk without room: a problem, and the lines are counted',
  { skip: existsSync(device) ? false : `${device} is not there` },
  async t => {
    const errors: unknown[] = []
    const file = open(device, errors)
    await write(file, 'one')
    t.match(errors, [{ code: 'ENOSPC' }])
    t.match(unwritable(device, errors[0]).message, /make room on the disk; lines are dropped/)
    await file.close()
    t.equal(file.dropped, 1)
  },
)

t.test('a problem that is no error of the system is told as it is', async t => {
  t.equal(unwritable('/log', 'odd').message, 'the log /log cannot be written: odd')
})
