import { createHash } from 'node:crypto'
import t from 'tap'
import {
  answeredSessionId,
  cloneList,
  cookieValues,
  encodeUrl,
  formatSessionId,
  needsCookie,
  newSessionKey,
  parseSessionId,
  urlParameter,
  versionAfterLoad,
} from '../../src/appserver/session-id.ts'

const key = 'A2MB4IJozU_VM8IffsMNfdR'
const form = { separator: ':', idLength: 23 } as const
const settings = (cloneId: string, noAffinitySwitchBack = false) =>
  ({ cloneId, separator: ':', noAffinitySwitchBack }) as const

t.test('sessions 1.1 a key is 23 of 64 characters and takes 18 random bytes', async t => {
  const asked: number[] = []
  const made = newSessionKey(23, bytes => {
    asked.push(bytes)
    return new Uint8Array(bytes).fill(0xff)
  })
  t.strictSame(asked, [18])
  t.equal(made, '_'.repeat(23))
  t.match(newSessionKey(23), /^[A-Za-z0-9_-]{23}$/)
})

t.test('sessions 1.1 every group of six bits becomes its own character', async t => {
  // 000000 000001 000010 000011, then all 111110.
  const bytes = Uint8Array.from([0x00, 0x10, 0x83, ...new Array(15).fill(0)])
  t.equal(
    newSessionKey(23, () => bytes),
    `ABCD${'A'.repeat(19)}`,
  )
})

t.test('sessions 1.1 other key lengths get as many bytes as they need', async t => {
  for (const [length, bytes] of [
    [8, 6],
    [24, 18],
    [128, 96],
  ] as const) {
    let asked = 0
    const made = newSessionKey(length, n => {
      asked = n
      return createHash('sha512').update('seed').digest().subarray(0, n)
    })
    t.equal(asked, bytes)
    t.ok(made.length <= length)
  }
  t.equal(newSessionKey(128).length, 128)
})

t.test('sessions 1.1 the documented example is written byte for byte', async t => {
  const id = { version: 1, key, clones: ':v544d031:v544d0o0' }
  t.equal(formatSessionId(id), '0001A2MB4IJozU_VM8IffsMNfdR:v544d031:v544d0o0')
  t.strictSame(parseSessionId(formatSessionId(id), form), id)
})

t.test('sessions 1.1 the cache id is four digits', async t => {
  for (const [version, digits] of [
    [0, '0000'],
    [7, '0007'],
    [9999, '9999'],
    [-3, '0000'],
  ] as const) {
    t.equal(formatSessionId({ version, key, clones: '' }), digits + key)
  }
})

t.test('sessions 1.1 every load raises the version, and 1 follows 9999', async t => {
  t.equal(versionAfterLoad(0), 1)
  t.equal(versionAfterLoad(1), 2)
  t.equal(versionAfterLoad(9998), 9999)
  t.equal(versionAfterLoad(9999), 1)
})

const parsed = [
  ['rule 3 a value shorter than cache id and key is passed over', '0001short:A', null],
  [
    'rule 3 clone ids count towards that length',
    '0001short:abcdefghijklmnopqr',
    { version: 1, key: 'short', clones: ':abcdefghijklmnopqr' },
  ],
  [
    'rule 4 a cache id that is no number is version 0',
    `abcd${key}:A`,
    { version: 0, key, clones: ':A' },
  ],
  ['rule 4 a signed cache id is a number', `+012${key}:A`, { version: 12, key, clones: ':A' }],
  [
    'rule 5 a separator in the cache id leaves no key',
    `00:1${key}:A`,
    { version: 0, key: null, clones: '' },
  ],
  [
    'rule 5 without a separator all the rest is the key',
    `0001${key}`,
    { version: 1, key, clones: '' },
  ],
  [
    'rule 5 the first separator ends the key',
    `0001${key}:A:B`,
    { version: 1, key, clones: ':A:B' },
  ],
  ['rule 5 the other separator is none', `0001${key}+A`, { version: 1, key: null, clones: '' }],
  [
    'rule 6 a key that is too long is none',
    `0001${key}x:A`,
    { version: 1, key: null, clones: ':A' },
  ],
  [
    'rule 7 the clone list is kept as it came',
    `0001${key}::A: :B:`,
    { version: 1, key, clones: '::A: :B:' },
  ],
] as const

for (const [title, value, expected] of parsed) {
  t.test(`sessions 1.3 ${title}`, async t => {
    t.strictSame(parseSessionId(value, form), expected)
  })
}

t.test('sessions 1.1 + separates clone ids where it was configured', async t => {
  const plus = { separator: '+', idLength: 23 } as const
  t.strictSame(parseSessionId(`0001${key}+A+B`, plus), { version: 1, key, clones: '+A+B' })
  t.equal(
    answeredSessionId(
      parseSessionId(`0001${key}+A`, plus),
      { key, version: 2 },
      {
        cloneId: 'B',
        separator: '+',
        noAffinitySwitchBack: false,
      },
    ),
    `0002${key}+A+B`,
  )
})

const lists = [
  ['a new session names its server', '', false, 'A', ':A', ':A'],
  ['another server appends itself, or prepends', ':A', true, 'B', ':A:B', ':B:A'],
  ['a listed server keeps the order, or moves to the front', ':B:A', true, 'A', ':B:A', ':A:B'],
  ['a server at the front changes nothing', ':A:B', true, 'A', ':A:B', ':A:B'],
  ['a changed key throws the list away', ':A:B', false, 'B', ':B', ':B'],
  [
    'an id that begins a listed one counts as listed',
    ':v544d031',
    true,
    'v5',
    ':v544d031',
    ':v544d031',
  ],
  ['a server without a clone id adds nothing', ':A', true, '', ':A', ':A'],
] as const

for (const [title, incoming, sameKey, own, byDefault, noSwitchBack] of lists) {
  t.test(`sessions 1.4 clone list: ${title}`, async t => {
    t.equal(cloneList(incoming, sameKey, settings(own)), byDefault)
    t.equal(cloneList(incoming, sameKey, settings(own, true)), noSwitchBack)
  })
}

const cookies = [
  ['no incoming identifier', null, 1, true],
  ['an incoming identifier without a key', { version: 1, key: null, clones: ':A' }, 1, true],
  ['another key', { version: 1, key: 'other', clones: ':A' }, 1, true],
  ['another version', { version: 1, key, clones: ':A' }, 2, true],
  ['a list without this server', { version: 1, key, clones: ':B' }, 1, true],
  ['an empty list', { version: 1, key, clones: '' }, 1, true],
  ['nothing new', { version: 1, key, clones: ':B:A' }, 1, false],
] as const

for (const [title, requested, version, expected] of cookies) {
  t.test(`sessions 1.4 Set-Cookie for ${title}: ${expected ? 'yes' : 'no'}`, async t => {
    t.equal(needsCookie(requested, { key, version }, settings('A')), expected)
  })
}

t.test(
  'sessions 1.3 cookies of a name are found in order, whatever stands between them',
  async t => {
    const header =
      'JSESSIONIDX=no; JSESSIONID=one;junk ;=; a="b;JSESSIONID="two" ; jsessionid=no;JSESSIONID='
    t.strictSame(cookieValues(header, 'JSESSIONID'), ['one', 'two', ''])
    t.strictSame(cookieValues(undefined, 'JSESSIONID'), [])
  },
)

t.test('sessions 1.4 the URL parameter ends at a semicolon or the query', async t => {
  t.equal(urlParameter('/app/x;jsessionid=0001K:A;v=1?q=;jsessionid=no', 'jsessionid'), '0001K:A')
  t.equal(urlParameter('/app/x;jsessionid=0001K:A?q=1', 'jsessionid'), '0001K:A')
  t.equal(urlParameter('/app/x;JSESSIONID=0001K:A', 'jsessionid'), undefined)
  t.equal(urlParameter('/app/x?y=;jsessionid=no', 'jsessionid'), undefined)
})

const urls = [
  ['/app/x', '/app/x;jsessionid=ID'],
  ['/app/x?q=1#f', '/app/x;jsessionid=ID?q=1#f'],
  ['/app/x#f?', '/app/x;jsessionid=ID#f?'],
  ['/app/x;jsessionid=old?q=1', '/app/x;jsessionid=ID?q=1'],
  ['/app/x;jsessionid=old;v=1?q=1', '/app/x;jsessionid=ID;v=1?q=1'],
] as const

for (const [url, expected] of urls) {
  t.test(`sessions 1.4 ${url} is encoded as ${expected}`, async t => {
    t.equal(encodeUrl(url, 'ID', 'jsessionid'), expected)
  })
}

t.test('sessions 1.4 an identifier that is dangerous in HTML is not put into a URL', async t => {
  for (const bad of '<>&!\'()"') t.equal(encodeUrl('/x', `0001K:A${bad}`, 'jsessionid'), '/x')
})
