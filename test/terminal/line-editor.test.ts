import t from 'tap'
import type { Key } from '../../src/terminal/keys.ts'
import { completed, edited, editorOf } from '../../src/terminal/line-editor.ts'

const after = (text: string, ...keys: readonly Key[]) => keys.reduce(edited, editorOf(text))

const cases: readonly (readonly [string, string, readonly Key[], string, number])[] = [
  ['characters go where the cursor is', 'ac', ['left', 'b'], 'abc', 2],
  ['backspace and delete', 'abcd', ['backspace', 'home', 'delete'], 'bc', 0],
  ['the ends', 'abc', ['ctrl-a', 'x', 'ctrl-e', 'y'], 'xabcy', 5],
  ['the cursor stays in the line', 'a', ['right', 'right', 'left', 'left', 'left'], 'a', 0],
  [
    'all before the cursor, all behind it',
    'abcdef',
    ['left', 'left', 'ctrl-u', 'right', 'ctrl-k'],
    'e',
    1,
  ],
  ['the word before the cursor', 'edit url http://a/', ['ctrl-w'], 'edit url ', 9],
  ['wide characters are one character', '漢🙂', ['backspace'], '漢', 1],
  ['other keys change nothing', 'a', ['pageup', 'ctrl-x', 'tab'], 'a', 1],
]

for (const [title, text, keys, expected, cursor] of cases) {
  t.test(title, async t => {
    t.same(after(text, ...keys), { text: expected, cursor })
  })
}

t.test('a beginning is completed as far as all choices agree', async t => {
  const choices = ['PluginMember1', 'PluginMember2', 'Other']
  t.equal(completed('pl', choices), 'PluginMember')
  t.equal(completed('O', choices), 'Other')
  t.equal(completed('x', choices), 'x')
  t.equal(completed('', choices), '')
})
