import t from 'tap'
import {
  Attributes,
  attributeNames,
  attributeOf,
  elementWithoutText,
  parseXml,
  type XmlElement,
} from '../../src/config/xml.ts'

const first = (text: string): XmlElement => parseXml(text)[0] ?? elementWithoutText('none')

/** Names, nested as the elements are. */
const names = (elements: readonly XmlElement[]): readonly unknown[] =>
  elements.map(({ name, children }) => (children.length === 0 ? name : [name, names(children)]))

t.test('elements come in the order of the text, each with the offset of its tag', async t => {
  const text = '<?xml version="1.0"?>\n<a><b/> <c x=">"><d></d><b/></c></a>'
  const roots = parseXml(text)
  t.same(names(roots), [['a', ['b', ['c', ['d', 'b']]]]])
  const offsets = (elements: readonly XmlElement[]): readonly number[] =>
    elements.flatMap(({ offset, children }) => [offset, ...offsets(children)])
  t.same(
    offsets(roots),
    ['<a', '<b', '<c', '<d', '<b/></c'].map(tag => text.indexOf(tag)),
  )
})

t.test('tags in comments and CDATA sections are none', async t => {
  const text = '<!-- <x> --><a><!--<b>--><![CDATA[<c>]]]]><d/><!-- ]]> <e/> --></a><!-- <f/> -->'
  const roots = parseXml(text)
  t.same(names(roots), [['a', ['d']]])
  t.equal(roots[0]?.children[0]?.offset, text.indexOf('<d/>'))
})

t.test('several elements may stand beside each other at the top', async t => {
  t.same(names(parseXml('<a/><b><c/></b>')), ['a', ['b', ['c']]])
  t.same(parseXml(' '), [])
})

t.test('names that objects have anyway are names like any other', async t => {
  const text = '<__proto__><constructor/><hasOwnProperty a="1"/></__proto__>'
  t.same(names(parseXml(text)), [['__proto__', ['constructor', 'hasOwnProperty']]])
})

t.test('more names than the format has', async t => {
  const many = Array.from({ length: 100 }, (_, i) => `n${i}`)
  const inner = many.map(name => `<${name}/><${name}></${name}>`).join('')
  t.same(names(parseXml(`<a>${inner}</a>`)), [['a', many.flatMap(name => [name, name])]])
})

t.test('attributes are read from the text, in its order', async t => {
  const element = first('<a  b="1"\n\tc = \'"2"\'\r\nd=""\n/>')
  t.same(attributeNames(element), ['b', 'c', 'd'])
  t.same(
    ['b', 'c', 'd', 'e', ''].map(name => attributeOf(element, name)),
    ['1', '"2"', '', undefined, undefined],
  )
})

t.test('an attribute knows its offset and compares its name with another', async t => {
  const text = '<a><b name="x" namelike="y">'
  const attributes = new Attributes({ name: 'b', children: [], text, offset: 3 })
  t.ok(attributes.next())
  t.equal(attributes.offset, text.indexOf('name='))
  t.ok(attributes.isNamed('name'))
  t.notOk(attributes.isNamed('namelike'))
  t.ok(attributes.next())
  t.equal(attributes.offset, text.indexOf('namelike'))
  t.notOk(attributes.isNamed('name'))
  t.equal(attributes.value, 'y')
  t.notOk(attributes.next())
})

const values: readonly (readonly [string, string, string])[] = [
  ['references are replaced', '&lt;&gt;&amp;&apos;&quot;', '<>&\'"'],
  ['once only', '&amp;lt;', '&lt;'],
  ['characters by their number', '&#65;&#x42;&#x1F600;', 'AB\u{1f600}'],
  ['what names no character stays', '&#x110000;', '&#x110000;'],
  ['line breaks and tabs become blanks', 'a\tb\nc\rd\r\ne', 'a b c d e'],
  ['but not those that are written as references', '&#9;&#10;', '\t\n'],
  ['other text stays as it is', ' a > é ', ' a > é '],
]
for (const [title, raw, wanted] of values) {
  t.test(`values: ${title}`, async t => {
    t.equal(attributeOf(first(`<a b="${raw}"/>`), 'b'), wanted)
  })
}

t.test('an element that stands nowhere has no attributes', async t => {
  t.same(attributeNames(elementWithoutText('Config')), [])
  t.same(attributeNames(elementWithoutText('')), [])
})

t.test('text that no scan has made well-formed is refused', async t => {
  t.throws(() => parseXml('<a><!-- <b/>'))
  t.throws(() => parseXml('<a b="<c/>"/>'))
})
