import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { markers, putReference, renderReference } from '../../src/config/reference.ts'
import { elements } from '../../src/config/schema.ts'
import { writeReference } from '../../src/config/write-reference.ts'

const page = new URL('../../plugin-cfg/README.md', import.meta.url)

t.test(
  'the reference in plugin-cfg/README.md is in step (npm run reference rewrites it)',
  async t => {
    const text = await readFile(page, 'utf8')
    t.equal(text, putReference(text, renderReference()))
  },
)

t.test('every element, attribute, property and finding is in it', async t => {
  const reference = renderReference()
  for (const { path, attributes, properties = [] } of elements) {
    t.ok(reference.includes(`### ${path}\n`), path)
    for (const { name } of [...attributes, ...properties]) {
      t.ok(reference.includes(`| \`${name}\` `), name)
    }
  }
  for (let number = 1; number <= 67; number += 1) {
    t.match(reference, new RegExp(`^\\| L${String(number).padStart(2, '0')} +\\| `, 'm'))
  }
})

t.test('only what is between the markers changes', async t => {
  const old = `# Title\n${markers.begin}\nold\n${markers.end}\nend\n`
  t.equal(putReference(old, 'new\n'), `# Title\n${markers.begin}\n\nnew\n\n${markers.end}\nend\n`)
})

t.test('a page without markers is refused', async t => {
  t.throws(() => putReference('# Title', 'new'), /lacks <!-- reference:begin -->/)
  t.throws(() => putReference(`${markers.end}${markers.begin}`, 'new'), /lacks/)
})

t.test('the script rewrites a page in place', async t => {
  const path = join(t.testdir({ 'a.md': `${markers.begin}${markers.end}` }), 'a.md')
  await writeReference(path)
  t.equal(
    await readFile(path, 'utf8'),
    putReference(`${markers.begin}${markers.end}`, renderReference()),
  )
})
