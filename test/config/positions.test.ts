import t from 'tap'
import { readPluginConfig } from '../../src/config/read.ts'
import { found } from './support.ts'

const places = (xml: string, code: string): readonly (readonly [number, number, string])[] =>
  found(xml, code).map(({ line, column, path }) => [line, column, path])

t.test('a finding points at the attribute, not at its element', async t => {
  t.same(places('<Config   Refresh="1"\n  Other = "2"/>', 'L55'), [
    [1, 11, 'Config@Refresh'],
    [2, 3, 'Config@Other'],
  ])
})

t.test('the name inside the value of an attribute before it is not mistaken for it', async t => {
  t.same(places(`<Config ASDisableNagle=' Odd="1" ' Odd="2"/>`, 'L55'), [[1, 36, 'Config@Odd']])
})

t.test('lines end with LF, CRLF or CR', async t => {
  for (const end of ['\n', '\r\n', '\r']) {
    const xml = ['<Config', '\tASDisableNagle="x"', '>', '<Log/>', '</Config>'].join(end)
    t.same(places(xml, 'X10'), [[2, 2, 'Config@ASDisableNagle']])
  }
  t.same(places('<Config>\r\n\n\r<Lug/>\n</Config>', 'L55'), [[4, 1, 'Config/Lug']])
})

t.test('a line break inside a value counts', async t => {
  t.same(places('<Config ASDisableNagle="tr\r\nue" Odd="1"/>', 'L55'), [[2, 5, 'Config@Odd']])
})

t.test('a tab counts as one column, and a byte order mark as none', async t => {
  t.same(places('\ufeff<Config\t\tOdd="1"/>', 'L55'), [[1, 10, 'Config@Odd']])
})

t.test('characters beyond the basic plane count as two columns', async t => {
  t.same(places('<Config><!-- 😀 --><Odd/></Config>', 'L55'), [[1, 20, 'Config/Odd']])
})

t.test('places after a repair are those of the file', async t => {
  const xml =
    '<Config ASDisableNagle=1 Odd="1">\n ...<Log Name="a" LogLevel=Loud Od="2"/>\n</Config>'
  t.same(places(xml, 'L55'), [
    [1, 26, 'Config@Odd'],
    [2, 33, 'Config/Log[a]@Od'],
  ])
  t.same(places(xml, 'X10'), [
    [1, 9, 'Config@ASDisableNagle'],
    [2, 19, 'Config/Log[a]@LogLevel'],
  ])
})

t.test('places after a long text that is not read', async t => {
  const xml = `<Config>${'\n'.repeat(5000)}<Odd Name="a"/></Config>`
  t.same(places(xml, 'L55'), [[5001, 1, 'Config/Odd[a]']])
})

t.test('a path names the elements by their names, cut and harmless', async t => {
  const xml = `<Config><ServerCluster Name="a&#x202e;[31m${'x'.repeat(100)}" Odd="1"/></Config>`
  const [place] = places(xml, 'L55')
  t.equal(place?.[2], `Config/ServerCluster[a\\u202e[31m${'x'.repeat(74)}…]@Odd`)
})

t.test('every finding has a line and a column', async t => {
  const { diagnostics } = readPluginConfig('<?xml?><a b=c>&<!-- -- -->\u0000</b><Config/>]]>')
  t.ok(diagnostics.length > 5)
  for (const { line, column } of diagnostics) t.ok(line >= 1 && column >= 1)
})
