import t from 'tap'
import type { Diagnostic } from '../../src/config/diagnostics.ts'
import type { PluginConfig } from '../../src/config/model.ts'
import { readPluginConfig } from '../../src/config/read.ts'
import { change, codes, found, pointedAt, sound } from './support.ts'

/**
 * One fault each: what is wrong, the change that makes it, what the finding points at, a part of its message. The rest
 * of the file must come through as if the fault were not there, which `same` says for the model.
 */
type Fault = readonly [
  title: string,
  from: string,
  to: string,
  pointsAt: string,
  message: RegExp,
  model: 'same' | 'other',
]

const faults: readonly Fault[] = [
  [
    'an unquoted value',
    'ConnectTimeout="5"',
    'ConnectTimeout=5',
    'ConnectTimeout=5',
    /not in quotation marks/,
    'same',
  ],
  [
    'an unquoted value before />',
    'Protocol="http"/>',
    'Protocol=http/>',
    'Protocol=http',
    /not in quotation/,
    'same',
  ],
  [
    'an opening quotation mark missing',
    'Port="9080"',
    'Port=9080"',
    'Port=9080',
    /not in quotation marks/,
    'same',
  ],
  [
    'a closing quotation mark missing before the next attribute',
    'Port="9080" Protocol="http"',
    'Port="9080 Protocol="http"',
    'Port="9080',
    /no closing quotation mark/,
    'same',
  ],
  [
    'a closing quotation mark missing at the end of a tag',
    '<Uri Name="/shop/*"/>',
    '<Uri Name="/shop/*/>',
    'Name="/shop',
    /no closing quotation mark/,
    'same',
  ],
  [
    'a closing quotation mark missing at the end of an open tag',
    '<UriGroup Name="uris">',
    '<UriGroup Name="uris>',
    'Name="uris',
    /no closing quotation mark/,
    'same',
  ],
  [
    'typographic quotation marks',
    'CloneID="c1"',
    'CloneID=“c1”',
    'CloneID=“c1”',
    /typographic/,
    'same',
  ],
  [
    'a typographic mark at the end only',
    'CloneID="c1"',
    'CloneID=“c1"',
    'CloneID=“c1"',
    /typographic/,
    'same',
  ],
  [
    'a typographic mark without its partner',
    'CloneID="c1" LoadBalanceWeight="20"',
    'LoadBalanceWeight="20" CloneID=“c1',
    'CloneID=“',
    /typographic/,
    'other',
  ],
  [
    'an attribute without value',
    'CloneID="c1"',
    'CloneID="c1" Primary',
    'Primary',
    /has no value/,
    'same',
  ],
  [
    'an attribute twice',
    'CloneID="c1"',
    'CloneID="c1" CloneID="c3"',
    'CloneID="c3"',
    /twice/,
    'same',
  ],
  [
    'an attribute twice, the second one broken',
    'CloneID="c1"',
    'CloneID="c1" CloneID=“c3”',
    'CloneID=“',
    /twice/,
    'same',
  ],
  [
    'no blank between attributes',
    'CloneID="c1" ',
    'CloneID="c1"',
    'LoadBalanceWeight',
    /no blank before/,
    'same',
  ],
  ['dots inside a tag', 'CloneID="c1"', 'CloneID="c1" ...', '...', /inside a tag/, 'same'],
  ['a slash inside a tag', 'CloneID="c1"', 'CloneID="c1" /', '/', /inside a tag/, 'same'],
  [
    'a no-break space between attributes',
    'CloneID="c1" ',
    'CloneID="c1"\u00a0',
    '\u00a0',
    /inside a tag/,
    'same',
  ],
  [
    'a tag without its end',
    '<Server Name="s1"/>',
    '<Server Name="s1"',
    '<Server Name="s1"',
    /does not end/,
    'other',
  ],
  [
    'a leaf tag without its end',
    '<Uri Name="/shop/*"/>',
    '<Uri Name="/shop/*"',
    '<Uri Name',
    /write? ?|does not end/,
    'same',
  ],
  [
    'an element that is not closed',
    '</UriGroup>',
    '',
    '<UriGroup Name',
    /<UriGroup> is never closed/,
    'same',
  ],
  [
    'an element closed as another',
    '</UriGroup>',
    '</UriGroups>',
    '</UriGroups>',
    /<\/UriGroup> is expected/,
    'same',
  ],
  [
    'an end tag in another case',
    '</UriGroup>',
    '</urigroup>',
    '</urigroup>',
    /<\/UriGroup> is expected/,
    'same',
  ],
  [
    'an end tag too many',
    '</UriGroup>',
    '</UriGroup></VirtualHost>',
    '</VirtualHost>',
    /closes nothing/,
    'same',
  ],
  [
    'an end tag with something in it',
    '</UriGroup>',
    '</UriGroup Name="uris">',
    ' Name="uris">',
    /does not end as it should/,
    'same',
  ],
  [
    'an end tag without its end',
    '</UriGroup>',
    '</UriGroup',
    '',
    /does not end as it should/,
    'same',
  ],
  ['an end tag without name', '</UriGroup>', '</></UriGroup>', '</>', /closes nothing/, 'same'],
  ['a < in a value', 'Name="/shop/*"', 'Name="/shop<x/*"', '<x', /a < inside the value/, 'other'],
  ['a < in text', '<UriGroup', '< <UriGroup', '< <UriGroup', /begins no tag/, 'same'],
  ['a bare & in a value', 'CloneID="c1"', 'CloneID="c&1"', '&1', /begins no reference/, 'other'],
  [
    'an entity that is not defined',
    'CloneID="c1"',
    'CloneID="&nbsp;"',
    '&nbsp;',
    /&nbsp; is not defined/,
    'other',
  ],
  [
    'a reference to no character',
    'CloneID="c1"',
    'CloneID="&#0;"',
    '&#0;',
    /no character/,
    'other',
  ],
  [
    'a hexadecimal reference to no character',
    'CloneID="c1"',
    'CloneID="&#x110000;"',
    '&#x110000;',
    /no character/,
    'other',
  ],
  [
    'a control character',
    'CloneID="c1"',
    'CloneID="c1\u0001"',
    '\u0001',
    /\\u0001 is not allowed/,
    'other',
  ],
  ['text after the root', '</Config>\n', '</Config>\nend', 'end', /outside the root/, 'same'],
  ['text before the root', '<Config', 'x<Config', 'x<Config', /outside the root/, 'same'],
  [
    '-- in a comment',
    '<UriGroup',
    '<!-- a -- b --><UriGroup',
    '-- b',
    /"--" inside a comment/,
    'same',
  ],
  [
    'a comment that ends in three dashes',
    '<UriGroup',
    '<!-- a ---><UriGroup',
    '--->',
    /"--" inside a comment/,
    'same',
  ],
  [
    'a second XML declaration',
    '<UriGroup',
    '<?xml version="1.0"?><UriGroup',
    '<?xml',
    /not at the beginning/,
    'same',
  ],
  [
    'a blank in the XML declaration',
    '<?xml',
    '<? xml',
    '<? xml',
    /no processing instruction/,
    'same',
  ],
  ['version-"1.0"', 'version="1.0"', 'version-"1.0"', '-"1.0"', /XML declaration is wrong/, 'same'],
  [
    'an unknown version',
    'version="1.0"',
    'version="2.0"',
    '="2.0"',
    /XML declaration is wrong/,
    'same',
  ],
  [
    'an XML declaration without its end',
    '"UTF-8"?>',
    '"UTF-8">',
    '>',
    /XML declaration is wrong/,
    'same',
  ],
  [
    'an unknown declaration',
    '<UriGroup',
    '<!ELEMENT x><UriGroup',
    '<!ELEMENT',
    /neither a comment nor/,
    'same',
  ],
  [
    'a bad processing instruction',
    '<UriGroup',
    '<?a"b?><UriGroup',
    '<?a"b',
    /no processing instruction/,
    'same',
  ],
  [
    'CDATA outside the root',
    '</Config>',
    '</Config><![CDATA[x]]>',
    '<![CDATA[',
    /outside the root/,
    'same',
  ],
  [']]> in text', '<UriGroup', ']]><UriGroup', ']]>', /"]]>" in text/, 'same'],
  ['a bare & in text', '<UriGroup', 'a & b<UriGroup', '& b', /begins no reference/, 'same'],
]

for (const [title, from, to, pointsAt, message, model] of faults) {
  t.test(`L01 ${title}`, async t => {
    const xml = change([from, to])
    const finding = found(xml, 'L01').find(diagnostic => message.test(diagnostic.message))
    t.match(finding, { severity: 'error', effect: /refuses the whole file/ })
    t.equal(finding && pointedAt(xml, finding, pointsAt.length), pointsAt)
    const config = readPluginConfig(xml).config
    const expected = readPluginConfig(sound).config
    if (model === 'same') t.same(config, expected)
    else t.same(config.routes, expected.routes, 'what comes after it is read')
  })
}

t.test('L01 one fault is one finding', async t => {
  const single = faults.filter(([, , , , , model]) => model === 'same')
  for (const [title, from, to] of single) {
    // A repeated attribute with a broken value is two faults.
    if (title === 'an attribute twice, the second one broken') continue
    t.equal(found(change([from, to]), 'L01').length, 1, title)
  }
})

t.test('L01 advice repeats the value, unless it may be a password', async t => {
  const advice = (from: string, to: string) => found(change([from, to]), 'L01')[0]?.advice
  t.equal(advice('CloneID="c1"', 'CloneID=c1'), 'write CloneID="c1"')
  t.equal(advice('Value="/keys/plugin-key.sth"', 'Value=s3cret'), 'write Value="…"')
  t.equal(advice('Value="/keys/plugin-key.sth"', 'Value=“s3cret”'), 'write Value="…"')
})

t.test('a file with many faults yields every finding', async t => {
  const xml = change(
    ['version="1.0"', 'version-"1.0"'],
    ['*:80', 'shop'],
    ['ConnectTimeout="5"', 'ConnectTimeout=0'],
    ['CloneID="c2"', 'CloneID=“c1”'],
    ['</UriGroup>', ''],
    ['VirtualHostGroup="hosts" UriGroup', 'VirtualHostGroup="gone" UriGroup'],
  )
  t.same(codes(xml), ['L01', 'L63', 'L15', 'L01', 'L24', 'L01', 'L21', 'L01', 'L03'])
})

t.test('a missing end tag is put where it belongs', async t => {
  const model = (xml: string): PluginConfig => readPluginConfig(xml).config
  t.same(model(change(['</ServerCluster>', ''])), model(sound))
  t.same(model(change(['</Server>', ''])), model(sound))
  t.same(model(change(['</Transport>', ''], ['</Server>', ''])), model(sound))
  t.same(model(change(['</PrimaryServers>', ''], ['</ServerCluster>', ''])), model(sound))
  t.same(model(change(['</Config>', ''])), model(sound))
})

t.test('X05 text between elements is ignored and reported', async t => {
  for (const text of ['...', '<![CDATA[ x ]]>', 'a &amp; b']) {
    const xml = change(['<UriGroup', `${text}<UriGroup`])
    t.match(readPluginConfig(xml).diagnostics, [{ code: 'X05', severity: 'warning', line: 29 }])
    t.same(readPluginConfig(xml).config, readPluginConfig(sound).config)
  }
})

t.test('what is well-formed passes', async t => {
  for (const [from, to] of [
    ['<UriGroup', '<?php echo "a\' ?><UriGroup'],
    ['<UriGroup', '<?a?><UriGroup'],
    ['<UriGroup', '<!-- <Server Name="x> & < "quotes\' ]]> --><UriGroup'],
    ['<UriGroup', '<!----><UriGroup'],
    ['Name="uris">', "Name = 'uris'\n>"],
    ['</UriGroup>', '</UriGroup \n>'],
    [
      '<?xml version="1.0" encoding="UTF-8"?>',
      "<?xml version='1.1'  encoding='utf-8' standalone='no' ?>",
    ],
    ['<?xml version="1.0" encoding="UTF-8"?>', ''],
  ] as const) {
    const xml = change([from, to])
    t.same(codes(xml), [], to)
    t.same(readPluginConfig(xml).config, readPluginConfig(sound).config)
  }
})

t.test('values: references are replaced once, line breaks and tabs become blanks', async t => {
  const cookie = (value: string): string | undefined =>
    readPluginConfig(change(['<Uri ', `<Uri AffinityCookie="${value}" `])).config.uriGroups[0]
      ?.uris[0]?.affinityCookie
  t.equal(cookie('&lt;&gt;&amp;&apos;&quot;'), `<>&'"`)
  t.equal(cookie('&#65;&#x42;&#x1F600;'), 'AB😀')
  t.equal(cookie('&amp;lt;&#38;amp;'), '&lt;&amp;')
  t.equal(cookie('a\nb\tc\r\nd\re'), 'a b c d e')
  t.equal(cookie('a&#10;b'), 'a\nb')
  t.equal(cookie("it's > "), "it's > ")
})

t.test('names of objects are ordinary names', async t => {
  const xml = change(
    ['<UriGroup', '<constructor __proto__="x"/><__proto__/><hasOwnProperty/><UriGroup'],
    ['CloneID="c1"', 'CloneID="c1" constructor="a" toString="b" __proto__="c"'],
  )
  t.equal(found(xml, 'L55').length, 6)
  t.same(
    readPluginConfig(xml)
      .config.unknown.map(({ attribute }) => attribute)
      .toSorted(),
    ['__proto__', 'constructor', 'toString', undefined, undefined, undefined],
  )
})

t.test('E18 X01 blank text before the XML declaration', async t => {
  t.match(readPluginConfig(`\r\n ${sound}`).diagnostics, [
    { code: 'X01', severity: 'warning', line: 1, column: 1 },
  ])
  t.same(readPluginConfig(`\n${sound}`).config, readPluginConfig(sound).config)
})

t.test('E18 X04 a DOCTYPE is refused, the rest is still checked', async t => {
  const xml = change(['<Config', '<!DOCTYPE Config SYSTEM "x.dtd"><Config'], ['*:80', 'shop'])
  t.match(readPluginConfig(xml).diagnostics, [
    { code: 'X04', severity: 'error', line: 2, column: 1 },
    { code: 'L15' },
  ])
})

t.test('E18 X04 definitions of entities are refused, and nothing after them is read', async t => {
  const bomb = '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]>'
  const { config, diagnostics } = readPluginConfig(change(['<Config', `${bomb}<Config`]))
  t.match(diagnostics, [{ code: 'X04', severity: 'error', line: 2, column: 1 }])
  t.equal(diagnostics.length, 1)
  t.same(config.clusters, [])
})

t.test('L01 an empty file, and a file without any element', async t => {
  const only = (text: string): Diagnostic | undefined => readPluginConfig(text).diagnostics[0]
  t.match(only(''), { code: 'L01', line: 1, column: 1, message: 'the file is empty' })
  t.match(only(' \n'), { code: 'L01', message: 'the file is empty' })
  t.match(only('<?xml version="1.0"?>'), { code: 'L01', message: /no element/ })
  t.match(only('<!-- nothing -->'), { code: 'L01', message: /no element/ })
})

t.test('L01 what never ends takes the rest of the file with it', async t => {
  for (const [text, message] of [
    ['<!-- never', /comment that is never closed/],
    ['<![CDATA[ never', /CDATA section that is never closed/],
    ['<? never', /processing instruction that does not end/],
    ['<!never', /neither a comment nor/],
    ['<Uri Name="never', /no closing quotation mark/],
    ['<Uri Name=never', /not in quotation marks/],
    ['<Uri', /does not end/],
    ['</UriGroup', /does not end as it should/],
  ] as const) {
    const xml = sound.slice(0, sound.indexOf('<Uri Name')) + text
    t.ok(
      found(xml, 'L01').some(finding => message.test(finding.message)),
      text,
    )
  }
})
