import fc from 'fast-check'
import t from 'tap'
import { escaped, hunt } from './hunt.ts'

t.test('what breaks a property is shrunk and printed so that it can be tried again', async t => {
  const comments: string[] = []
  const verdicts: unknown[] = []
  hunt(
    {
      comment: (...lines: readonly unknown[]) => void comments.push(lines.join(' ')),
      notOk: failed => verdicts.push(failed) > 0,
    },
    fc.uint8Array({ minLength: 1, maxLength: 100 }),
    1,
    bytes => {
      if (bytes.length >= 3) throw new Error('three are too many\u0007')
    },
    escaped,
  )
  t.same(verdicts, [true])
  t.match(comments.join('\n'), /FUZZ_SEED=\d+ FUZZ_INPUTS=\d+ shows it again/)
  t.match(comments.join('\n'), /three are too many\\u0007/)
  t.equal(comments.at(-1), '\\u0000\\u0000\\u0000')
})

t.test('printed input can be pasted between quotation marks', async t => {
  for (const text of ['a\\b', '\u0000\u001b[2J', 'é😀', '', 'line\nline']) {
    t.match(escaped(text), /^[\x20-\x7e]*$/)
    t.equal(JSON.parse(`"${escaped(text).replaceAll('"', '\\"')}"`), text)
  }
  t.equal(escaped(new Uint8Array([0, 65, 255])), '\\u0000A\\u00ff')
})
