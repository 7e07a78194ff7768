import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import t from 'tap'
import { commands, run } from '../../src/cli/run.ts'
import { captured } from './capture.ts'

t.test('without a command there is a list of them, and status 2', async t => {
  const { status, out, err } = await captured([])
  t.equal(status, 2)
  t.equal(out, '')
  t.match(err, /^usage: plugin-cfg COMMAND/)
})

t.test('--help lists every command, and only those that work', async t => {
  for (const args of [['--help'], ['-h'], ['help']]) {
    const { status, out } = await captured(args)
    t.equal(status, 0)
    for (const { name } of commands) t.match(out, new RegExp(`^  ${name} `, 'm'))
    t.notMatch(out, /^ {2}(?:merge|diff|replay) /m)
  }
})

for (const { name, options } of commands) {
  t.test(`${name} --help shows its usage, options and an example`, async t => {
    for (const args of [
      [name, '--help'],
      [name, '-h'],
      ['help', name],
      [name, 'x', '--help'],
    ]) {
      const { status, out, err } = await captured(args)
      t.equal(status, 0)
      t.equal(err, '')
      t.match(out, new RegExp(`^usage: plugin-cfg ${name} `))
      t.match(out, /^examples?:\n {2}plugin-cfg /m)
      t.match(out, /^exit status: 0 /m)
      for (const option of Object.keys(options)) t.match(out, `--${option}`)
      const text = out.slice(0, out.indexOf('\nexample'))
      for (const line of text.split('\n')) t.ok(line.length <= 100, line)
    }
  })
}

t.test('behind -- a name may look like an option', async t => {
  t.match(await captured(['check', '--', '--help']), {
    status: 1,
    err: 'plugin-cfg check: cannot read "--help": there is no such file\n',
  })
})

t.test('--version is that of the package', async t => {
  const text = await readFile(resolve(import.meta.dirname, '../../package.json'), 'utf8')
  const { version } = JSON.parse(text) as { version: string }
  t.same(await captured(['--version']), { status: 0, out: `${version}\n`, err: '' })
})

const wrong = [
  [
    ['chec'],
    'plugin-cfg: unknown command "chec" (commands: check, routes, explain, step, simulate, serve); did you mean check?\n',
  ],
  [
    ['merge', 'x'],
    'plugin-cfg: unknown command "merge" (commands: check, routes, explain, step, simulate, serve)\n',
  ],
  [['--chek'], 'plugin-cfg: unknown option --chek; usage: plugin-cfg COMMAND ...\n'],
  [['--verison'], 'plugin-cfg: unknown option --verison; did you mean --version?\n'],
  [['--json', 'check', 'x'], 'plugin-cfg: unknown option --json; usage: plugin-cfg COMMAND ...\n'],
  [
    ['help', 'chec'],
    'plugin-cfg: unknown command "chec" (commands: check, routes, explain, step, simulate, serve); did you mean check?\n',
  ],
  [['routes', '--jsn', 'x'], 'plugin-cfg routes: unknown option --jsn; did you mean --json?\n'],
  [
    ['a\u001b[31m\nb'],
    'plugin-cfg: unknown command "a\\u001b[31m\\nb" (commands: check, routes, explain, step, simulate, serve)\n',
  ],
] as const

for (const [args, err] of wrong) {
  t.test(`plugin-cfg ${JSON.stringify(args)} is refused in one line, status 2`, async t => {
    t.same(await captured(args), { status: 2, out: '', err })
  })
}

t.test('standard input that cannot be read is one line', async t => {
  const stdin = () =>
    Promise.reject(Object.assign(new Error('EISDIR: it is a directory'), { syscall: 'read' }))
  for (const args of [
    ['check', '-'],
    ['routes', '-'],
    ['simulate', '-'],
  ]) {
    let err = ''
    const status = await run(args, {
      stdin,
      out: () => {},
      err: text => {
        err += text
      },
      untilStopped: () => Promise.resolve(),
    })
    t.equal(status, 1)
    t.equal(err, `plugin-cfg ${args[0]}: cannot read standard input: EISDIR: it is a directory\n`)
  }
})

t.test('a mistake of our own is one line as well, never a stack trace', async t => {
  let err = ''
  const status = await run(['check', '-'], {
    stdin: () => Promise.reject(new TypeError('x is not\na function')),
    out: () => {},
    err: text => {
      err += text
    },
    untilStopped: () => Promise.resolve(),
  })
  t.equal(status, 1)
  t.equal(
    err,
    'plugin-cfg check: internal error, please report it: TypeError: x is not a function\n',
  )
})
