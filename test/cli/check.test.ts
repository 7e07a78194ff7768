import { existsSync } from 'node:fs'
import { chmod, readdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import t from 'tap'
import { captured } from './capture.ts'

const good = '<?xml version="1.0"?>\n<Config><Property Name="ESIEnable" Value="false"/></Config>\n'
const bad = '<Config>\n  <Route ServerCluster="Missing" VirtualHostGroup="h"/>\n</Config>\n'

t.test('findings have place, severity, code, message, effect and advice', async t => {
  const dir = t.testdir({ 'bad.xml': bad })
  const file = join(dir, 'bad.xml')
  const { status, out, err } = await captured(['check', file])
  t.equal(status, 1)
  t.equal(err, '')
  const lines = out.split('\n')
  const at = lines.findIndex(line => line.startsWith(`${file}:2:10 error L04 `))
  t.not(at, -1, out)
  t.match(lines.slice(at + 1, at + 4), [/^ {4}at Config\/Route/, /^ {4}effect: /, /^ {4}advice: /])
  t.match(lines.at(-2), /^1 file: \d+ errors, \d+ warnings?, \d+ notes?$/)
})

t.test('a file without errors gives status 0', async t => {
  const { status } = await captured(['check', '-'], { stdin: good })
  t.equal(status, 0)
})

t.test('several files are checked, and one error is enough for status 1', async t => {
  const dir = t.testdir({ 'a.xml': good, 'b.xml': bad })
  const { status, out } = await captured(['check', join(dir, 'a.xml'), join(dir, 'b.xml')])
  t.equal(status, 1)
  t.match(out, /\n2 files: /)
})

t.test('--json is one object with every finding', async t => {
  const { status, out, err } = await captured(['check', '--json', '-', 'nowhere.xml'], {
    stdin: bad,
  })
  t.equal(status, 1)
  t.equal(err, '')
  const json = JSON.parse(out)
  t.match(json, {
    files: [
      { file: '-', usable: false },
      { file: 'nowhere.xml', usable: false, diagnostics: [], unreadable: /there is no such file/ },
    ],
    errors: Number,
    warnings: Number,
    notes: Number,
  })
  const [first] = json.files[0].diagnostics.filter((each: { code: string }) => each.code === 'L04')
  t.match(first, { severity: 'error', file: '(stdin)', line: 2, column: 10, path: String })
})

t.test('what cannot be read is one line, and the other files are checked all the same', async t => {
  const dir = t.testdir({ 'good.xml': good, 'empty.xml': '', folder: {} })
  const path = (name: string) => join(dir, name)
  const { status, out, err } = await captured([
    'check',
    path('nowhere.xml'),
    path('folder'),
    path('good.xml'),
  ])
  t.equal(status, 1)
  t.equal(
    err,
    [
      `plugin-cfg check: cannot read ${JSON.stringify(path('nowhere.xml'))}: there is no such file`,
      `plugin-cfg check: cannot read ${JSON.stringify(path('folder'))}: it is a directory; name the plugin-cfg.xml in it`,
      '',
    ].join('\n'),
  )
  t.match(out, /3 files: .*, 2 files unreadable\n$/)
  const empty = await captured(['check', path('empty.xml')])
  t.equal(empty.status, 1)
  t.match(empty.out, /empty\.xml:1:1 error L01 /)
})

t.test('a file that may not be read is one line', async t => {
  if (process.getuid?.() === 0) t.comment('root may read everything: the message is not reached')
  const dir = t.testdir()
  const file = join(dir, 'secret.xml')
  await writeFile(file, good)
  await chmod(file, 0)
  const { err, status } = await captured(['check', file])
  if (process.getuid?.() === 0) t.equal(status, 0)
  else t.match(err, /permission denied/)
})

t.test('wrong usage is one line and status 2', async t => {
  t.match(await captured(['check']), {
    status: 2,
    out: '',
    err: /^plugin-cfg check: FILE is missing/,
  })
  t.match(await captured(['check', '-', '-']), {
    status: 2,
    err: /^plugin-cfg check: - is given twice/,
  })
})

t.test('names in a file cannot play tricks on the terminal', async t => {
  const { out } = await captured(['check', '-'], {
    stdin: '<Config><ServerCluster Name="a&#27;[2Jb&#x202e;"/></Config>',
  })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  t.notMatch(out, /[\u0000-\u0009\u000b-\u001f\u202e]/)
})

t.test('every real file is checked without a crash', async t => {
  const folder = resolve(import.meta.dirname, '../../../shared/corpus/plugin-cfg')
  if (!existsSync(folder)) return t.comment('../shared/corpus is not here: nothing to check')
  const files = (await readdir(folder)).filter(name => name.endsWith('.xml'))
  const { out, err } = await captured(['check', '--json', ...files.map(name => join(folder, name))])
  t.equal(err, '')
  const json = JSON.parse(out)
  t.equal(json.files.length, files.length)
  for (const file of json.files) {
    for (const { line, column, code } of file.diagnostics) {
      t.ok(
        line >= 1 && column >= 1 && /^[LX]\d\d$/.test(code),
        `${file.file}:${line}:${column} ${code}`,
      )
    }
  }
})
