import t from 'tap'
import { clip, clipMiddle, fit, fold, textWidth } from '../../src/terminal/text-width.ts'

const widths = [
  ['plain text', 'server 1', 8],
  ['wide characters take two columns', '漢字', 4],
  ['emoji take two', '🙂', 2],
  ['marks take none', 'e\u0301', 1],
  ['half-width forms take one', 'ｱ', 1],
] as const

for (const [title, text, width] of widths) {
  t.test(title, async t => {
    t.equal(textWidth(text), width)
  })
}

t.test('what is cut off leaves a sign, and a wide character is not cut in half', async t => {
  t.equal(clip('PluginMember1', 13), 'PluginMember1')
  t.equal(clip('PluginMember1', 7), 'Plugin…')
  t.equal(clip('漢字漢字', 6), '漢字…')
  t.equal(clip('x', 0), '')
})

t.test('names keep their end when they are cut off', async t => {
  t.equal(clipMiddle('PluginMember1', 13), 'PluginMember1')
  t.equal(clipMiddle('PluginMember1', 9), 'Plug…ber1')
  t.equal(textWidth(clipMiddle('漢字漢字漢字', 8)), 7)
})

t.test('cells are filled up to their width', async t => {
  t.equal(fit('ab', 4), 'ab  ')
  t.equal(fit('ab', 4, 'right'), '  ab')
  t.equal(fit('漢', 4), '漢  ')
})

t.test('lines are broken between words, and a word that is too long in itself', async t => {
  t.same(fold('one two three', 7), ['one two', 'three'])
  t.same(fold('abcdefgh ij', 3), ['abc', 'def', 'gh', 'ij'])
  t.same(fold('漢字漢字', 5), ['漢字', '漢字'])
  t.same(fold('', 5), [''])
})
