import t from 'tap'
import { isUsable } from '../../src/config/diagnostics.ts'
import { readPluginConfig } from '../../src/config/read.ts'
import { PluginError } from '../../src/errors.ts'
import { change, codes, found, sound } from './support.ts'

t.test('text and bytes say the same', async t => {
  t.same(readPluginConfig(Buffer.from(sound)), readPluginConfig(sound))
  t.same(readPluginConfig(new Uint8Array(Buffer.from(sound))), readPluginConfig(sound))
})

t.test('the name of the file is in every diagnostic, if there is one', async t => {
  const { diagnostics } = readPluginConfig('<Config/>', { file: 'etc/plugin-cfg.xml' })
  t.same(
    diagnostics.map(({ file }) => file),
    ['etc/plugin-cfg.xml', 'etc/plugin-cfg.xml'],
  )
  t.notOk('file' in (readPluginConfig('<Config/>').diagnostics[0] ?? {}))
})

t.test('wrong options are named', async t => {
  for (const maxBytes of [0, -1, Number.NaN, '5' as unknown as number]) {
    t.throws(() => readPluginConfig(sound, { maxBytes }), {
      constructor: PluginError,
      code: 'OPTION_INVALID',
      message: /maxBytes/,
    })
  }
  t.throws(() => readPluginConfig(undefined as unknown as string), { code: 'OPTION_INVALID' })
})

t.test('L02 the root is not Config', async t => {
  const xml = '<plugin-cfg><Route ServerCluster="c"/></plugin-cfg>'
  t.match(found(xml, 'L02'), [{ severity: 'error', line: 1, column: 1, message: /"plugin-cfg"/ }])
  t.match(found('<config/>', 'L02'), [{ message: /"config"/ }])
})

t.test('L02 several Config after a merge by hand: all of it is read', async t => {
  const second = '<Config><UriGroup Name="uris"><Uri Name="/b/*"/></UriGroup></Config>'
  const { config, diagnostics } = readPluginConfig(sound + second)
  t.same(
    diagnostics.map(({ code, line }) => [code, line]),
    [
      ['L02', 34],
      ['L13', 34],
    ],
  )
  t.notOk(isUsable(diagnostics))
  t.equal(config.uriGroups.length, 2)
})

t.test('L02 pieces without a root are checked as if they were in one', async t => {
  const pieces =
    '<UriGroup Name="u"><Uri Name="a"/></UriGroup><Route UriGroup="v" ServerCluster="c"/>'
  const { config, diagnostics } = readPluginConfig(pieces)
  t.same(diagnostics.map(({ code }) => code).toSorted(), [
    'L02',
    'L02',
    'L04',
    'L05',
    'L17',
    'L42',
    'L63',
  ])
  t.equal(config.routes.length, 1)
})

t.test('a configuration with errors is still returned as far as it goes', async t => {
  const { config, diagnostics } = readPluginConfig(
    change(['ServerCluster="shop"', 'ServerCluster="x"']),
  )
  t.notOk(isUsable(diagnostics))
  t.match(config.clusters, [{ name: 'shop' }])
  t.same(readPluginConfig('').config.routes, [])
})

t.test('findings come in the order of the file', async t => {
  const xml = change(
    ['<Config', '<Config UseInsecur="x"'],
    ['*:80', 'shop'],
    ['PostBufferSize="0"', 'PostBufferSize="64"'],
    ['/shop/*', 'shop'],
    ['UriGroup="uris"', 'UriGroup="x"'],
  )
  t.same(codes(xml), ['L55', 'L15', 'L28', 'L63', 'L17', 'L05'])
})
