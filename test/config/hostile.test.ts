import t from 'tap'
import { limits } from '../../src/config/flaws.ts'
import { readPluginConfig } from '../../src/config/read.ts'
import { change } from './support.ts'

/** Inputs made to hurt. Each is refused with one error that says why. */
const refused: readonly (readonly [title: string, text: () => string, message: RegExp])[] = [
  ['100,000 elements inside each other', () => '<a>'.repeat(100_000), /nested more than 64 deep/],
  [
    '100,000 elements inside each other, all closed',
    () => '<a>'.repeat(100_000) + '</a>'.repeat(100_000),
    /nested more than 64 deep/,
  ],
  [
    'an entity bomb',
    () => '<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;">]><Config a="&c;"/>',
    /definitions of its own/,
  ],
  ['50 MB', () => `<Config>${' '.repeat(50_000_000)}</Config>`, /larger than 33554432 bytes/],
  ['an attribute of 30 MB', () => `<Config a="${'x'.repeat(30_000_000)}"/>`, /longer than 65536/],
  [
    'an attribute of 30 MB without end',
    () => `<Config a="${'x'.repeat(30_000_000)}`,
    /longer than 65536/,
  ],
  [
    'a million attributes',
    () => `<Config ${Array.from({ length: 1_000_000 }, (_, i) => `a${i}=""`).join(' ')}/>`,
    /more than 256 attributes/,
  ],
  ['a name of 30 MB', () => `<${'x'.repeat(30_000_000)}`, /name of more than 1024/],
  ['an end tag of 30 MB', () => `<Config></${'x'.repeat(30_000_000)}`, /name of more than 1024/],
  [
    'an attribute name of 30 MB',
    () => `<Config ${'x'.repeat(30_000_000)}`,
    /name of more than 1024/,
  ],
  ['3 million elements', () => `<Config>${'<a/>'.repeat(3_000_000)}</Config>`, /500000 elements/],
  ['3 million instructions', () => `<Config>${'<?a?>'.repeat(3_000_000)}`, /500000 elements/],
  ['control characters', () => '\u0000'.repeat(1_000_000), /not text/],
]

for (const [title, text, message] of refused) {
  t.test(`X03 ${title}`, async t => {
    const { config, diagnostics } = readPluginConfig(text())
    t.equal(diagnostics.filter(({ severity }) => severity === 'error').length, 1)
    t.match(diagnostics.at(-1)?.message, message)
    t.same(config.clusters, [])
  })
}

t.test('X03 who allows more bytes allows more elements', async t => {
  const text = `<Config>${'<a/>'.repeat(600_000)}</Config>`
  const codes = (maxBytes: number) =>
    new Set(readPluginConfig(text, { maxBytes }).diagnostics.map(({ code }) => code))
  t.ok(codes(43_200_000).has('X03'), 'one for each 72 bytes, Config among them')
  t.notOk(codes(43_200_072).has('X03'))
})

/** Faults without number: so many are listed, then the text is read no further. */
const endless: readonly (readonly [title: string, piece: string])[] = [
  ['< apart', '< '],
  ['end tags of nothing', '</a>'],
  ['instructions that do not end', '<?'],
  ['bare &', '<a b="&"/>'],
  ['values without quotation marks', '<a b=c/>'],
  ['comments with dashes', '<!-- -- -->'],
  ['junk in tags', '<a ,/>'],
]

for (const [title, piece] of endless) {
  t.test(`X03 a million times: ${title}`, async t => {
    const { config, diagnostics } = readPluginConfig(`<Config>${piece.repeat(1_000_000)}`)
    t.equal(diagnostics.filter(({ code }) => code === 'L01').length, limits.flaws)
    t.match(diagnostics.at(-1), { code: 'X03', message: /more than 100 places/ })
    t.same(config.unknown, [])
  })
}

/** What looks like a million faults and is one. */
const swallowed: readonly (readonly [title: string, piece: string])[] = [
  ['comments that do not end', '<!--'],
  ['CDATA sections that do not end', '<![CDATA['],
  ['declarations that do not end', '<!'],
  ['< in a row', '<'],
]

for (const [title, piece] of swallowed) {
  t.test(`L01 a million times: ${title}`, async t => {
    const { diagnostics } = readPluginConfig(`<Config>${piece.repeat(1_000_000)}`)
    t.equal(diagnostics.filter(({ code }) => code === 'L01').length, 2)
  })
}

/** Values of the greatest length, made for patterns that look at the same text again and again. */
const tedious: readonly (readonly [title: string, value: string])[] = [
  ['blanks', ' '.repeat(65_000)],
  ['blanks before a colon', `${' '.repeat(65_000)}x:y`],
  ['colons', ':'.repeat(65_000)],
  ['digits', `:${'1'.repeat(65_000)}x`],
  ['brackets', '['.repeat(32_000) + ']'.repeat(32_000)],
  ['open placeholders', '${'.repeat(32_000)],
  ['stars', '*'.repeat(65_000)],
  ['dots', '/.'.repeat(32_000)],
  ['encoded characters', '%'.repeat(65_000)],
  ['references', '&amp;'.repeat(13_000)],
]

for (const [title, value] of tedious) {
  t.test(`a hundred values of 65,000 characters: ${title}`, async t => {
    const xml = `<Config>
      <VirtualHostGroup Name="v">${`<VirtualHost Name="${value}"/>`.repeat(20)}</VirtualHostGroup>
      <ServerCluster Name="c" LoadBalance="${value}">
        ${`<Server Name="${value}" CloneID="${value}" LoadBalanceWeight="${value}"/>`.repeat(10)}
      </ServerCluster>
      <UriGroup Name="u">${`<Uri Name="${value}"/>`.repeat(20)}</UriGroup>
      ${`<Route ServerCluster="c" VirtualHostGroup="v" UriGroup="u" Odd="${value}"/>`.repeat(20)}
      <Property Name="${value}" Value="${value}"/>
      <TrustedProxyGroup><TrustedProxy Name="${value}"/></TrustedProxyGroup>
    </Config>`
    const { config } = readPluginConfig(xml)
    t.equal(config.routes.length, 20)
  })
  t.test(`the same without its closing quotation mark: ${title}`, async t => {
    const { diagnostics } = readPluginConfig(`<Config>${`<Log Name="${value}<`.repeat(100)}`)
    t.ok(diagnostics.some(({ code }) => code === 'L01'))
  })
}

t.test('30 MB of blanks, text and comments pass, in and between tags', async t => {
  const xml = change(
    ['<Config', `<Config${' '.repeat(5_000_000)}`],
    ['<Log', `${'\r\n'.repeat(3_000_000)}<Log`],
    ['<Property', `<!--${' '.repeat(5_000_000)}--><Property`],
    ['<UriGroup', `${'&amp;'.repeat(2_000_000)}<UriGroup`],
  )
  const { config, diagnostics } = readPluginConfig(xml)
  t.same(
    diagnostics.map(({ code }) => code),
    ['X05'],
  )
  t.equal(config.routes.length, 1)
})

t.test('X06 findings are counted, not kept, beyond a thousand of one code', async t => {
  const xml = `<Config>${'<a b="1"/>'.repeat(20_000)}${'x<Log/>'.repeat(2000)}</Config>`
  const { diagnostics } = readPluginConfig(xml)
  t.equal(diagnostics.filter(({ code }) => code === 'L55').length, 1000)
  t.equal(diagnostics.filter(({ code }) => code === 'X05').length, 1000)
  t.same(
    diagnostics.filter(({ code }) => code === 'X06').map(({ message }) => message),
    [
      '1000 more findings X05 are not listed',
      '19000 more findings L55 are not listed',
      '999 more findings X07 are not listed',
    ],
  )
})

t.test('thousands of names that refer to nothing', async t => {
  const many = (text: (i: number) => string): string =>
    Array.from({ length: 5000 }, (_, i) => text(i)).join('')
  const servers = many(i => `<Server Name="s${i}" CloneID="x"/>`)
  const members = many(i => `<Server Name="t${i}"/>`)
  const routes = many(i => `<Route ServerCluster="c${i}" UriGroup="u${i}"/>`)
  const xml = `<Config><ServerCluster Name="a">${servers}<PrimaryServers>${members}</PrimaryServers></ServerCluster>${routes}</Config>`
  const { diagnostics } = readPluginConfig(xml)
  for (const code of ['L04', 'L05', 'L09', 'L10', 'L21']) {
    t.equal(diagnostics.filter(diagnostic => diagnostic.code === code).length, 1000, code)
  }
})
