import t from 'tap'
import { decodeKeys, isText } from '../../src/terminal/keys.ts'

const esc = '\u001b'

const cases: readonly (readonly [string, string, readonly string[], string])[] = [
  ['letters are themselves', 'nB?', ['n', 'B', '?'], ''],
  ['characters of two code units stay whole', 'é漢🙂', ['é', '漢', '🙂'], ''],
  ['arrows in both modes of the keypad', `${esc}[D${esc}OC`, ['left', 'right'], ''],
  [
    'page keys, home and end',
    `${esc}[5~${esc}[6~${esc}[1~${esc}[F`,
    ['pageup', 'pagedown', 'home', 'end'],
    '',
  ],
  [
    'control keys',
    '\u0003\u001a\f\r\t\u007f',
    ['ctrl-c', 'ctrl-z', 'ctrl-l', 'enter', 'tab', 'backspace'],
    '',
  ],
  ['an escape with nothing behind it is the key', esc, ['esc'], ''],
  ['an escape before a letter is the key and the letter', `${esc}n`, ['esc', 'n'], ''],
  ['a sequence that has not come whole waits', `n${esc}[1`, ['n'], `${esc}[1`],
  ['a sequence that nobody knows is no key', `${esc}[200~a${esc}[1;5C`, ['a'], ''],
  ['other control characters are no key', '\u0000\u001c', [], ''],
]

for (const [title, input, keys, rest] of cases) {
  t.test(title, async t => {
    t.same(decodeKeys(input), { keys, rest })
  })
}

t.test('keys that write a character are told from those that have a name', async t => {
  t.ok(isText('a'))
  t.ok(isText('🙂'))
  t.notOk(isText('enter'))
})
