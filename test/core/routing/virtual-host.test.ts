import t from 'tap'
import { canMatch, keyOf, parseHost, rankOf } from '../../../src/core/routing/virtual-host.ts'

const headers: readonly (readonly [
  string,
  string | undefined,
  'http' | 'https',
  ReturnType<typeof parseHost>,
])[] = [
  [
    'M4 hosts are compared in lower case',
    'SHOP.example',
    'http',
    { host: 'shop.example', port: 80 },
  ],
  ['M3 https means 443', 'shop.example', 'https', { host: 'shop.example', port: 443 }],
  [
    'M3 the header’s port counts',
    'shop.example:8080',
    'https',
    { host: 'shop.example', port: 8080 },
  ],
  ['an empty port is none', 'shop.example:', 'http', { host: 'shop.example', port: 80 }],
  ['IPv6 loses its brackets', '[2001:DB8::1]:80', 'http', { host: '2001:db8::1', port: 80 }],
  ['IPv6 without a port', '[::1]', 'https', { host: '::1', port: 443 }],
  ['a trailing dot is the same host', 'shop.example.', 'http', { host: 'shop.example', port: 80 }],
  ['no header is no host', undefined, 'http', { host: '', port: 80 }],
  ['an empty header is no host', '', 'https', { host: '', port: 443 }],
  ['a bare IPv6 address is not a host', '2001:db8::1', 'http', null],
  ['a blank', 'a b', 'http', null],
  ['user information', 'user@shop.example', 'http', null],
  ['a path', 'shop.example/x', 'http', null],
  ['a port that is none', 'shop.example:http', 'http', null],
  ['a port out of range', 'shop.example:65536', 'http', null],
  ['open brackets', '[::1', 'http', null],
]
for (const [title, header, scheme, wanted] of headers) {
  t.test(title, async t => {
    t.same(parseHost(header, scheme), wanted)
  })
}

const more: readonly (readonly [string, string, ReturnType<typeof parseHost>])[] = [
  ['the highest port is one', 'shop.example:65535', { host: 'shop.example', port: 65_535 }],
  ['port 0 is one', 'shop.example:0', { host: 'shop.example', port: 0 }],
  ['a port of six digits is none', 'shop.example:000080', null],
  ['a dot alone is no host', '.', { host: '', port: 80 }],
  ['of two trailing dots one is cut', 'shop..', { host: 'shop.', port: 80 }],
  ['a port without a host', ':81', { host: '', port: 81 }],
  ['an IPv6 address with a zone', '[fe80::1%25eth0.1]:81', { host: 'fe80::1%25eth0.1', port: 81 }],
  ['a zone without a name', '[fe80::1%25]', null],
  ['a zone of strange characters', '[fe80::1%25a/b]', null],
  ['something before the brackets', 'x[::1]', null],
  ['something after the brackets', '[::1]x', null],
  ['two ports', 'shop.example:80:81', null],
]
for (const [title, header, wanted] of more) {
  t.test(`of Host headers, ${title}: ${header}`, async t => {
    t.same(parseHost(header, 'http'), wanted)
  })
}

const alias = (host: string | null, port: number | null) => ({ name: 'alias', host, port })

t.test('E1 an alias ranks by what it fixes, the host before the port', async t => {
  t.same(
    [alias('h', 80), alias('h', null), alias(null, 80), alias(null, null)].map(rankOf),
    [3, 2, 1, 0],
  )
})

t.test('an alias is filed under its host and port, with a star for any', async t => {
  t.same(
    [keyOf('h', 80), keyOf('h', null), keyOf(null, 80), keyOf(null, null)],
    ['h:80', 'h:*', '*:80', '*:*'],
  )
})

t.test('A.4 only a star that stands for the whole host matches', async t => {
  t.same(
    [alias(null, 80), alias('h.example', 80), alias('*.example', 80), alias('h*', 80)].map(
      canMatch,
    ),
    [true, true, false, false],
  )
})
