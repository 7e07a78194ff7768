import t from 'tap'
import { parseHost } from '../../../src/core/routing/virtual-host.ts'

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
