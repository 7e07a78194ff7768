import t from 'tap'
import { childrenNamed, Origins } from '../../src/config/origins.ts'
import { parseXml } from '../../src/config/xml.ts'

const [element] = parseXml('<g><a n="1"/><b/><a n="2"/></g>')
if (element === undefined) throw new Error('no element')
const group = { element }

t.test('what was noted alone is found alone', async t => {
  const origins = new Origins()
  const item = {}
  origins.set(item, group)
  t.equal(origins.get(item), group)
  t.equal(origins.ofOne(item), group)
  t.equal(origins.get({}), undefined)
})

t.test('items of a list are found by their place in it', async t => {
  const origins = new Origins()
  const [one, two] = [{}, {}]
  const places = childrenNamed(group, 'a')
  origins.setAll([one, two], places)
  origins.setAll([], [])
  t.equal(origins.ofOne(one), undefined)
  t.equal(origins.get(two), places[1])
  t.equal(origins.get(one), places[0])
  t.equal(origins.get({}), undefined)
})

t.test(
  'items that were read from children of one name are found again through their parent',
  async t => {
    const origins = new Origins()
    const [one, two, third] = [{}, {}, {}]
    origins.setChildren([one, two], group, 'a')
    origins.setChildren([third], group, 'b')
    origins.setChildren([], group, 'c')
    t.match(origins.get(two), { element: { offset: '<g><a n="1"/><b/>'.length }, parent: group })
    t.match(origins.get(one), { element: { offset: 3 } })
    t.match(origins.get(third), { element: { name: 'b' } })
  },
)

t.test('lists that are noted after the first question are found as well', async t => {
  const origins = new Origins()
  const item = {}
  t.equal(origins.get(item), undefined)
  origins.setChildren([item], group, 'b')
  t.match(origins.get(item), { element: { name: 'b' }, parent: group })
})
