import t from 'tap'
import { readPluginConfig } from '../../src/config/read.ts'
import { codes, sound } from './support.ts'

const declared = (encoding: string): string =>
  sound.replace('encoding="UTF-8"', `encoding="${encoding}"`).replaceAll('/shop/*', '/café/*')

const uri = (bytes: Uint8Array | string): string | undefined =>
  readPluginConfig(bytes).config.uriGroups[0]?.uris[0]?.name

const utf16be = (text: string): Uint8Array => Buffer.from(text, 'utf16le').swap16()

t.test('UTF-8, declared or not', async t => {
  for (const text of [
    declared('UTF-8'),
    declared('utf8'),
    declared('UTF-8').replace(/^.*\n/, ''),
  ]) {
    t.equal(uri(Buffer.from(text)), '/café/*')
    t.same(codes(Buffer.from(text)), [])
  }
})

t.test('E18 X01 UTF-8 with a byte order mark', async t => {
  const bytes = Buffer.from(`\ufeff${declared('UTF-8')}`)
  t.equal(uri(bytes), '/café/*')
  t.match(readPluginConfig(bytes).diagnostics, [{ code: 'X01', line: 1, column: 1 }])
  t.match(readPluginConfig(`\ufeff${sound}`).diagnostics, [{ code: 'X01' }])
})

t.test('ISO-8859-1 and its other names', async t => {
  for (const name of ['ISO-8859-1', 'iso-8859-1', 'latin1', 'ISO8859_1', 'ISO8859-1']) {
    const bytes = Buffer.from(declared(name), 'latin1')
    t.equal(uri(bytes), '/café/*')
    t.same(codes(bytes), [], name)
  }
})

t.test('windows-1252', async t => {
  const text = declared('windows-1252').replaceAll('/café/*', '/€/*')
  const bytes = Buffer.from(text.replaceAll('€', '\u0080'), 'latin1')
  t.equal(uri(bytes), '/€/*')
  t.same(codes(bytes), [])
})

t.test('US-ASCII', async t => {
  t.same(codes(Buffer.from(sound.replace('UTF-8', 'US-ASCII'))), [])
})

t.test('UTF-16 with a byte order mark, in either order', async t => {
  const text = `\ufeff${declared('UTF-16')}`
  for (const bytes of [Buffer.from(text, 'utf16le'), utf16be(text)]) {
    t.equal(uri(bytes), '/café/*')
    t.same(codes(bytes), ['X01'])
  }
})

t.test('X02 UTF-16 without a byte order mark', async t => {
  const text = declared('UTF-16')
  for (const bytes of [Buffer.from(text, 'utf16le'), utf16be(text)]) {
    t.equal(uri(bytes), '/café/*')
    t.same(codes(bytes), ['X02'])
  }
})

t.test('X02 a byte order mark that contradicts the declaration', async t => {
  const bytes = Buffer.from(`\ufeff${declared('ISO-8859-1')}`)
  t.equal(uri(bytes), '/café/*')
  t.match(readPluginConfig(bytes).diagnostics, [
    { code: 'X01' },
    { code: 'X02', message: /says "ISO-8859-1", the byte order mark says utf-8/ },
  ])
})

t.test('L59 ISO-8859-1 bytes in a file that says UTF-8, as Liberty writes it', async t => {
  const bytes = Buffer.from(declared('UTF-8'), 'latin1')
  t.equal(uri(bytes), '/café/*')
  t.match(readPluginConfig(bytes).diagnostics, [
    { code: 'L59', line: 30, column: 20, message: /not UTF-8/, effect: /windows-1252/ },
  ])
})

t.test('L59 UTF-8 bytes in a file that says ISO-8859-1', async t => {
  const bytes = Buffer.from(declared('ISO-8859-1'))
  t.equal(uri(bytes), '/cafÃ©/*')
  t.match(readPluginConfig(bytes).diagnostics, [
    { code: 'L59', line: 30, column: 20, message: /look like UTF-8/ },
  ])
})

t.test('L59 a file that says US-ASCII and is not', async t => {
  const utf8 = Buffer.from(declared('US-ASCII'))
  t.equal(uri(utf8), '/café/*')
  t.match(readPluginConfig(utf8).diagnostics, [{ code: 'L59', line: 30, effect: /read as UTF-8/ }])
  const latin = Buffer.from(declared('US-ASCII'), 'latin1')
  t.equal(uri(latin), '/café/*')
  t.match(readPluginConfig(latin).diagnostics, [{ code: 'L59', line: 30, effect: /windows-1252/ }])
})

t.test('L59 UTF-16 that breaks off in the middle of a character', async t => {
  const bytes = Buffer.from(`\ufeff${sound} `, 'utf16le').subarray(0, -1)
  t.same(codes(bytes).includes('L59'), true)
})

t.test('X02 an encoding that nobody knows', async t => {
  const bytes = Buffer.from(declared('KOI-7'))
  t.equal(uri(bytes), '/café/*')
  t.match(readPluginConfig(bytes).diagnostics, [{ code: 'X02', message: /"KOI-7"/ }])
  t.equal(uri(Buffer.from(declared('KOI-7'), 'latin1')), '/café/*')
  t.same(codes(Buffer.from(declared('constructor'))), ['X02'])
})

t.test('X02 EBCDIC is named, with the command that converts it', async t => {
  const { config, diagnostics } = readPluginConfig(
    Uint8Array.of(0x4c, 0x6f, 0xa7, 0x94, 0x93, 0x40),
  )
  t.match(diagnostics, [{ code: 'X02', severity: 'error', advice: /iconv/ }])
  t.equal(diagnostics.length, 1)
  t.same(config.routes, [])
})

t.test('the declaration of a text that is a string already does not matter', async t => {
  t.equal(uri(declared('ISO-8859-1')), '/café/*')
  t.same(codes(declared('UTF-16')), [])
})
