import t from 'tap'
import { asksForHelp, parseArguments, wholeNumber } from '../../src/cli/arguments.ts'
import { UsageError } from '../../src/cli/io.ts'

const options = {
  json: { help: '' },
  method: { value: 'METHOD', help: '' },
  header: { value: 'NAME', repeated: true, help: '' },
}

t.test('options and operands may stand in any order', async t => {
  const args = parseArguments(
    [
      'a',
      '--method',
      'GET',
      '-',
      '--header=X: 1',
      'b',
      '--json',
      '--header',
      'Y: 2',
      '--',
      '--json',
    ],
    options,
  )
  t.same(args.operands, ['a', '-', 'b', '--json'])
  t.equal(args.has('json'), true)
  t.equal(args.value('method'), 'GET')
  t.same(args.values('header'), ['X: 1', 'Y: 2'])
})

t.test('what is not given is absent', async t => {
  const args = parseArguments([], options)
  t.same(args.operands, [])
  t.equal(args.has('json'), false)
  t.equal(args.value('method'), undefined)
  t.same(args.values('header'), [])
})

t.test('a value may begin with a dash, unless it is an option', async t => {
  t.equal(parseArguments(['--method', '-x'], options).value('method'), '-x')
  t.equal(parseArguments(['--method=--json'], options).value('method'), '--json')
})

const wrong = [
  [['--methd', 'GET'], 'unknown option --methd; did you mean --method?'],
  [['--zzzzzz'], 'unknown option --zzzzzz'],
  [['-x'], 'unknown option -x'],
  [['-json'], 'unknown option -json; did you mean --json?'],
  [['--hel'], 'unknown option --hel; did you mean --help?'],
  [['--method', '--'], '--method needs a value: --method METHOD'],
  [['--constructor'], 'unknown option --constructor'],
  [['--no-json'], 'unknown option --no-json'],
  [['--json=1'], '--json takes no value; found "1"'],
  [['--method'], '--method needs a value: --method METHOD'],
  [['--method', '--json'], '--method needs a value: --method METHOD'],
  [['--method', 'A', '--method', 'B'], '--method is given twice'],
] as const

for (const [args, message] of wrong) {
  t.test(`${args.join(' ')} is refused in one line`, async t => {
    t.throws(() => parseArguments(args, options), new UsageError(message))
  })
}

t.test('help is asked for before --, not behind it', async t => {
  for (const args of [['--help'], ['a', '-h'], ['-h', '--', 'a']]) t.ok(asksForHelp(args))
  for (const args of [[], ['a'], ['--', '--help'], ['a', '--', '-h']]) t.notOk(asksForHelp(args))
})

t.test('a whole number is nothing else', async t => {
  t.equal(wholeNumber('--seed', '17', 0), 17)
  for (const text of ['', '-1', '1.5', '1e3', '0x10', ' 1', '99999999999999999999']) {
    t.throws(() => wholeNumber('--seed', text, 0), {
      message: `--seed is ${JSON.stringify(text)}; write a whole number, 0 or more`,
    })
  }
  t.throws(() => wholeNumber('--port', '70000', 1, 65_535), { message: /1 to 65535$/ })
})
