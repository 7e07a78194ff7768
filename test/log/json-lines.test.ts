import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { TraceRecord } from '../../src/core/trace.ts'
import { openTraceFile } from '../../src/log/json-lines.ts'
import type { LogProblem } from '../../src/log/log-problem.ts'
import { takeover } from './figure.ts'
import { Disk, full, linesOfText } from './support.ts'

const parsed = (text: string): unknown[] => linesOfText(text).map(line => JSON.parse(line))

t.test('every record is one line of JSON', async t => {
  const path = join(t.testdir(), 'trace.jsonl')
  const file = openTraceFile(path, { showSecrets: true })
  const records = takeover()
  records.forEach(file.record)
  await file.close()
  t.same(parsed(readFileSync(path, 'utf8')), records)
})

t.test('session identifiers are masked, clone ids are not', async t => {
  const disk = new Disk()
  const file = openTraceFile('/trace', { fileSystem: disk })
  for (const record of takeover()) file.record(record)
  await file.flush()
  t.notMatch(disk.text('/trace'), /0000k_7Zs/)
  const ids = parsed(disk.text('/trace')).filter(record => (record as TraceRecord).kind === 'ids')
  t.match(ids, [
    { value: '***', cloneIds: ['v544d031'] },
    { value: '***', cloneIds: ['v544d031'] },
  ])
})

t.test('no text of a client ends or turns a line', async t => {
  const disk = new Disk()
  const file = openTraceFile('/trace', { fileSystem: disk })
  const path = 'a\r\nb\u0085\u2028\u2029\u202e\u{e0041}'
  const record = { kind: 'decline', exchange: 1, time: 0, host: 'h', port: 80, path }
  file.record(record as TraceRecord)
  await file.flush()
  t.match(disk.text('/trace'), /^[\x20-\x7e]+\n$/)
  t.match(parsed(disk.text('/trace')), [{ path }])
})

t.test('a disk that is full: bounded, said, and marked where lines are missing', async t => {
  const disk = new Disk()
  const problems: LogProblem[] = []
  const file = openTraceFile('/trace', {
    fileSystem: disk,
    maxQueueBytes: 1000,
    checkMs: 0,
    onError: problem => problems.push(problem),
  })
  disk.broken = full()
  const records = takeover()
  records.forEach(file.record)
  await file.flush()
  t.match(problems, [{ code: 'LOG_UNWRITABLE', file: '/trace' }])
  disk.broken = null
  file.reopen()
  await file.flush()
  const lines = parsed(disk.text('/trace')) as { kind: string; lines?: number }[]
  // A short record may still fit where a long one did not, so there can be more than one note.
  const notes = lines.filter(({ kind }) => kind === 'lost')
  t.equal(
    notes.reduce((sum, note) => sum + (note.lines ?? 0), 0),
    file.dropped,
  )
  t.equal(lines.length - notes.length + file.dropped, records.length)
})

t.test('the path and the options are checked', async t => {
  t.throws(() => openTraceFile(''), { code: 'OPTION_INVALID' })
  t.throws(() => openTraceFile('/x', { maxQueueBytes: -1 }), { code: 'OPTION_INVALID' })
})
