import { execFile } from 'node:child_process'
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { loadPluginConfig } from '../../src/config/load.ts'
import { readPluginConfig } from '../../src/config/read.ts'
import { PluginError } from '../../src/errors.ts'
import { sound } from './support.ts'

t.test('a file is read as its bytes are', async t => {
  const path = join(t.testdir({ 'plugin-cfg.xml': `${sound}<x/>` }), 'plugin-cfg.xml')
  const result = await loadPluginConfig(path)
  t.same(result, readPluginConfig(`${sound}<x/>`, { file: path }))
  t.equal(result.diagnostics[0]?.file, path)
})

t.test('another name for the diagnostics', async t => {
  const path = join(t.testdir({ a: '<Config/>' }), 'a')
  t.equal((await loadPluginConfig(path, { file: 'b' })).diagnostics[0]?.file, 'b')
})

t.test('an empty file is L01, not an exception', async t => {
  const { diagnostics } = await loadPluginConfig(join(t.testdir({ a: '' }), 'a'))
  t.match(diagnostics, [{ code: 'L01', line: 1, column: 1, message: 'the file is empty' }])
})

t.test('what cannot be read says why in one line', async t => {
  const dir = t.testdir({ file: 'x' })
  await symlink('loop', join(dir, 'loop'))
  for (const [path, reason] of [
    [join(dir, 'none.xml'), 'there is no such file'],
    [dir, 'it is a directory'],
    [join(dir, 'file', 'x'), 'a part of the path is a file'],
    [join(dir, 'loop'), 'links lead in a circle'],
    [join(dir, 'x'.repeat(5000)), 'the path is too long'],
    [`${dir}/a\0b`, 'null character'],
  ] as const) {
    const error = await loadPluginConfig(path).then(
      () => undefined,
      (cause: unknown) => cause,
    )
    t.ok(error instanceof PluginError && error.code === 'FILE_UNREADABLE')
    t.match((error as Error).message, reason)
    t.notMatch((error as Error).message, '\n')
    t.ok((error as Error).cause instanceof Error)
  }
})

t.test('a file without permission', async t => {
  if (process.getuid?.() === 0) {
    t.comment('this user may read everything: only the text for EACCES is checked, in a child')
  }
  const dir = t.testdir({ 'a.xml': sound })
  await chmod(join(dir, 'a.xml'), 0)
  const outcome = await loadPluginConfig(join(dir, 'a.xml')).then(
    () => 'read',
    (error: Error) => error.message,
  )
  t.match(outcome, process.getuid?.() === 0 ? 'read' : 'permission denied')
})

t.test('X03 a file that is too large is not read', async t => {
  const path = join(t.testdir({ a: sound }), 'a')
  const { config, diagnostics } = await loadPluginConfig(path, { maxBytes: 100 })
  t.match(diagnostics, [{ code: 'X03', file: path, message: 'the file is larger than 100 bytes' }])
  t.same(config.clusters, [])
  t.same((await loadPluginConfig(path, { maxBytes: sound.length })).diagnostics, [])
  await t.rejects(loadPluginConfig(path, { maxBytes: 0 }), { code: 'OPTION_INVALID' })
})

t.test('a pipe has no size and is read up to the limit', async t => {
  const dir = t.testdir({ 'a.xml': sound.repeat(20) })
  const fifo = join(dir, 'fifo')
  await mkdir(join(dir, 'd'))
  await promisify(execFile)('mkfifo', [fifo])
  const [{ diagnostics }] = await Promise.all([loadPluginConfig(fifo), writeFile(fifo, sound)])
  t.same(diagnostics, [])
  const [{ diagnostics: large }] = await Promise.all([
    loadPluginConfig(fifo, { maxBytes: 1000 }),
    writeFile(fifo, sound.repeat(20)).catch(() => undefined),
  ])
  t.match(large, [{ code: 'X03' }])
})
