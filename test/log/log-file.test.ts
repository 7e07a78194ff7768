import t from 'tap'
import { LogFile, type LogFileOptions } from '../../src/log/log-file.ts'
import { Disk, full, linesOfText } from './support.ts'

/** A log on a disk of tests, with a clock and timers that tests move. */
const setUp = (over: Partial<LogFileOptions> = {}) => {
  const disk = new Disk()
  const errors: unknown[] = []
  const timers = new Set<() => void>()
  const clock = { now: 0 }
  const file = new LogFile({
    path: '/log',
    maxQueueBytes: 1000,
    lostNote: lines => `lost ${lines}\n`,
    onError: error => errors.push(error),
    now: () => clock.now,
    later: work => {
      timers.add(work)
      return () => timers.delete(work)
    },
    fileSystem: disk,
    ...over,
  })
  const retry = async () => {
    for (const work of [...timers]) {
      timers.delete(work)
      work()
    }
    await file.flush()
  }
  return { disk, errors, timers, clock, file, retry }
}

/** `n` lines of ten bytes, numbered from `first`. */
const tens = (n: number, first = 0): string[] =>
  Array.from({ length: n }, (_, i) => `line ${String(first + i).padStart(4, '0')}\n`)

t.test('lines of one turn are written together, in their order', async t => {
  const { disk, file } = setUp()
  let writes = 0
  const { open } = disk
  disk.open = async path => {
    const opened = await open(path)
    return {
      ...opened,
      write: bytes => {
        writes++
        return opened.write(bytes)
      },
    }
  }
  for (const line of tens(50)) file.write(line)
  t.equal(disk.opened, 0, 'nothing has happened yet')
  await file.flush()
  t.equal(disk.text('/log'), tens(50).join(''))
  t.equal(writes, 1)
})

t.test('a disk that never answers holds nobody up, and the queue keeps its bound', async t => {
  const { disk, file } = setUp()
  disk.hold()
  for (const line of tens(100)) file.write(line)
  t.equal(file.dropped, 0, 'a thousand bytes wait')
  for (const line of tens(23)) file.write(line)
  t.equal(file.dropped, 23)
  disk.release()
  await file.close()
  t.equal(disk.text('/log'), `${tens(100).join('')}lost 23\n`)
})

t.test('what is being written counts as waiting', async t => {
  const { disk, file } = setUp()
  disk.hold()
  for (const line of tens(60)) file.write(line)
  await new Promise(resolve => setImmediate(() => setImmediate(resolve)))
  for (const line of tens(60, 60)) file.write(line)
  t.equal(file.dropped, 20)
  disk.release()
  await file.flush()
  t.same(linesOfText(disk.text('/log')).length, 101)
})

t.test('the note stands where the lost lines would have been', async t => {
  const { disk, file } = setUp({ maxQueueBytes: 50 })
  for (const line of tens(8)) file.write(line)
  await file.flush()
  for (const line of tens(2, 100)) file.write(line)
  await file.flush()
  t.same(linesOfText(disk.text('/log')), [
    ...tens(5).map(line => line.trim()),
    'lost 3',
    'line 0100',
    'line 0101',
  ])
  t.equal(file.dropped, 3)
})

t.test('a line that follows a loss waits until its note fits too', async t => {
  const { disk, file } = setUp({ maxQueueBytes: 40, checkMs: 0 })
  disk.atOnce = 10
  disk.hold()
  for (const line of tens(6)) file.write(line)
  disk.release()
  await file.flush()
  t.equal(disk.text('/log'), `${tens(4).join('')}lost 2\n`)
})

t.test('a line longer than the queue is dropped alone', async t => {
  const { disk, file } = setUp()
  file.write('short\n')
  file.write(`${'x'.repeat(2000)}\n`)
  await file.flush()
  t.equal(disk.text('/log'), 'short\nlost 1\n')
})

t.test('bytes are counted, not characters', async t => {
  const { file } = setUp({ maxQueueBytes: 8 })
  file.write('€€€\n')
  t.equal(file.dropped, 1)
})

t.test('a full disk: said once, tried again, nothing thrown, whole lines afterwards', async t => {
  const { disk, errors, file, retry, timers } = setUp()
  disk.room = 25
  for (const line of tens(5)) file.write(line)
  await file.flush()
  t.match(errors, [{ code: 'ENOSPC' }])
  t.equal(disk.text('/log'), 'line 0000\nline 0001\nline ')
  await retry()
  await retry()
  t.equal(errors.length, 1, 'said once')
  t.equal(timers.size, 1, 'one timer')
  for (const line of tens(200, 5)) file.write(line)
  disk.room = Number.POSITIVE_INFINITY
  await retry()
  const lines = linesOfText(disk.text('/log'))
  t.same(
    lines.slice(0, 5),
    tens(5).map(line => line.trim()),
  )
  t.equal(lines.at(-1), `lost ${file.dropped}`)
  t.equal(lines.length - 1 + file.dropped, 205, 'every line was written or counted')
  t.equal(timers.size, 0)
})

t.test('a disk that fills again after it worked is said again', async t => {
  const { disk, errors, file, retry } = setUp()
  disk.room = 0
  file.write('a\n')
  await file.flush()
  disk.room = 2
  await retry()
  t.equal(disk.text('/log'), 'a\n')
  file.write('b\n')
  await file.flush()
  t.equal(errors.length, 2)
})

t.test('a write that takes a part goes on with the rest', async t => {
  const { disk, file } = setUp()
  disk.atOnce = 7
  for (const line of tens(9)) file.write(line)
  await file.flush()
  t.equal(disk.text('/log'), tens(9).join(''))
})

t.test('a file that cannot be opened is opened when it can be', async t => {
  const { disk, errors, file, retry } = setUp()
  disk.broken = Object.assign(new Error('EACCES'), { code: 'EACCES' })
  file.write('a\n')
  await file.flush()
  t.match(errors, [{ code: 'EACCES' }])
  disk.broken = null
  await retry()
  t.equal(disk.text('/log'), 'a\n')
})

t.test('what a listener for errors throws does not end the log', async t => {
  const { disk, file, retry } = setUp({
    onError: () => {
      throw new Error('listener')
    },
  })
  disk.broken = full()
  file.write('a\n')
  await file.flush()
  disk.broken = null
  await retry()
  t.equal(disk.text('/log'), 'a\n')
})

t.test('after a rename the next batch goes to a new file', async t => {
  const { disk, clock, file } = setUp({ checkMs: 1000 })
  file.write('old\n')
  await file.flush()
  disk.unname('/log')
  clock.now = 999
  file.write('too early to look\n')
  await file.flush()
  t.equal(disk.looked, 0)
  clock.now = 1000
  file.write('new\n')
  await file.flush()
  t.same([...disk.files.values()], ['old\ntoo early to look\n', 'new\n'])
  t.equal(disk.closed, 1)
})

t.test('while the name is the same the file stays open', async t => {
  const { disk, clock, file } = setUp()
  for (clock.now = 0; clock.now < 5000; clock.now += 500) {
    file.write('x\n')
    await file.flush()
  }
  t.equal(disk.opened, 1)
  t.equal(disk.looked, 4)
})

t.test('where the name cannot be looked up the open file is written to', async t => {
  const { disk, clock, file, errors } = setUp()
  file.write('a\n')
  await file.flush()
  clock.now = 5000
  disk.identify = async () => {
    throw new Error('EACCES')
  }
  file.write('b\n')
  await file.flush()
  t.equal(disk.text('/log'), 'a\nb\n')
  t.same(errors, [])
})

t.test('a line that was begun in the renamed file is not ended in the new one', async t => {
  const { disk, file, retry } = setUp()
  disk.room = 25
  for (const line of tens(4)) file.write(line)
  await file.flush()
  disk.unname('/log')
  disk.room = Number.POSITIVE_INFINITY
  await retry()
  t.equal(disk.text('/log'), 'line 0003\n')
  file.write('next\n')
  await file.flush()
  t.equal(disk.text('/log'), 'line 0003\nnext\n')
})

t.test('a begun line that was all there was leaves nothing for the new file', async t => {
  const { disk, file, retry } = setUp()
  disk.room = 5
  file.write('line 0000\n')
  await file.flush()
  disk.unname('/log')
  disk.room = Number.POSITIVE_INFINITY
  await retry()
  t.equal(disk.text('/log'), '')
})

t.test('reopen opens at once, and makes the file where there is none', async t => {
  const { disk, file } = setUp()
  file.write('a\n')
  await file.flush()
  disk.unname('/log')
  file.reopen()
  await file.flush()
  t.equal(disk.opened, 2)
  file.write('b\n')
  await file.flush()
  t.equal(disk.text('/log'), 'b\n')
})

t.test('reopen does not wait for the next try', async t => {
  const { disk, file, timers } = setUp()
  disk.broken = full()
  file.write('a\n')
  await file.flush()
  disk.broken = null
  file.reopen()
  await file.flush()
  t.equal(disk.text('/log'), 'a\n')
  t.equal(timers.size, 0)
})

t.test('close writes what is waiting and takes nothing more', async t => {
  const { disk, file } = setUp()
  file.write('a\n')
  const closed = file.close()
  file.write('b\n')
  file.reopen()
  await closed
  t.equal(disk.text('/log'), 'a\n')
  t.equal(disk.closed, disk.opened)
  t.equal(file.close(), closed, 'closed once')
})

t.test('close tries a failed disk once more, and counts what is left as lost', async t => {
  const { disk, file, timers } = setUp()
  disk.room = 15
  for (const line of tens(3)) file.write(line)
  await file.flush()
  await file.close()
  t.equal(file.dropped, 2)
  t.equal(timers.size, 0, 'no timer is left')
  t.equal(disk.closed, disk.opened)
})

t.test('closing does not wait for ever for a disk that does not answer', async t => {
  const { disk, file, timers } = setUp()
  disk.hold()
  file.write('a\n')
  const closed = file.close()
  await new Promise(resolve => setImmediate(() => setImmediate(resolve)))
  for (const work of timers) work()
  await closed
  t.equal(disk.text('/log'), '')
  disk.release()
  await file.flush()
  t.equal(disk.text('/log'), 'a\n', 'written when it answers after all')
})

t.test('a log without lines makes no file', async t => {
  const { disk, file } = setUp()
  await file.close()
  t.equal(disk.opened, 0)
})

t.test('very many lines are written in several batches', async t => {
  const { disk, file } = setUp({ maxQueueBytes: 1e9 })
  const lines = Array.from({ length: 3000 }, (_, i) => `${i} ${'x'.repeat(95)}\n`)
  for (const line of lines) file.write(line)
  await file.flush()
  t.equal(disk.text('/log'), lines.join(''))
})
