import t from 'tap'
import { addressList } from '../../src/edge/address-list.ts'
import { createEdge } from '../../src/edge/edge.ts'
import { type TraceOptions, TraceSelection } from '../../src/edge/trace-options.ts'
import { edgeConfig } from '../support/edge-config.ts'

const config = edgeConfig([{ port: 9 }])

const wrong: readonly (readonly [title: string, trace: unknown, message: RegExp])[] = [
  ['a word', 'all', /^trace is "all"; write an object, or null/],
  ['an unknown field', { evry: 1 }, /^trace has "evry", .* write one of every, when, header$/],
  ['one in none', { every: 0 }, /^trace\.every is 0; write a whole number from 1/],
  ['one in one and a half', { every: 1.5 }, /^trace\.every is 1\.5;/],
  ['one in a word', { every: '2' }, /^trace\.every is "2";/],
  ['no every at all', { every: null }, /^trace\.every is null;/],
  ['a condition that is none', { when: 'down' }, /^trace\.when is "down"; write a function, or an/],
  ['an empty condition', { when: {} }, /^trace\.when is \{\}; write at least one of cluster/],
  ['an unknown condition', { when: { servr: 'a' } }, /^trace\.when has "servr"/],
  ['a cluster without a name', { when: { cluster: '' } }, /^trace\.when\.cluster is ""; write the/],
  ['a server that is a number', { when: { server: 1 } }, /^trace\.when\.server is 1;/],
  ['a pattern that is none', { when: { uri: /x/ } }, /^trace\.when\.uri is \{\}; write a pattern/],
  [
    'a host for an address',
    { when: { clientAddress: 'pc7' } },
    /^trace\.when\.clientAddress is "pc7"/,
  ],
  ['a network too small', { when: { clientAddress: '10.0.0.0/33' } }, /clientAddress is "10\.0/],
  [
    'a network of two lengths',
    { when: { clientAddress: '::/1/2' } },
    /clientAddress is "::\/1\/2"/,
  ],
  [
    'a class there is not',
    { when: { status: '6xx' } },
    /^trace\.when\.status is "6xx"; write a num/,
  ],
  ['a status there is not', { when: { status: 99 } }, /^trace\.when\.status is 99;/],
  ['a status too high', { when: { status: 600 } }, /^trace\.when\.status is 600;/],
  ['failedOver as a word', { when: { failedOver: 'yes' } }, /failedOver is "yes"; write true or/],
  ['a header that is a name', { header: 'X-T' }, /^trace\.header is "X-T"; write an object; \{\}/],
  ['an unknown header field', { header: { names: 'a' } }, /^trace\.header has "names"/],
  ['a name that is none', { header: { name: 'X Trace' } }, /^trace\.header\.name is "X Trace"/],
  ['the name of a cookie', { header: { name: 'Cookie' } }, /^trace\.header\.name is "Cookie"/],
  ['the name of a length', { header: { response: 'Content-Length' } }, /header\.response is "Con/],
  ['a type in the answer', { header: { response: 'Content-Type' } }, /header\.response is "Con/],
  ['a private name', { header: { response: '$WSRA' } }, /^trace\.header\.response is "\$WSRA"/],
  ['one address', { header: { from: '::1' } }, /^trace\.header\.from is "::1"; write a list/],
  ['a host among addresses', { header: { from: ['::1', 'pc7'] } }, /from\[1\] is "pc7"; write an/],
  ['a zone', { header: { from: ['fe80::1%eth0'] } }, /from\[0\] is "fe80::1%eth0"/],
]

for (const [title, trace, message] of wrong) {
  t.test(`${title} is refused by name, when the edge is made and later`, async t => {
    const refused = { code: 'OPTION_INVALID', message }
    await t.rejects(createEdge({ config, trace: trace as TraceOptions }), refused)
    const edge = await createEdge({ config })
    t.throws(() => edge.trace(trace as TraceOptions), refused)
    t.same(edge.tracing, { every: 1 }, 'and what was in force stays')
    await edge.close()
  })
}

t.test('odd numbers of recordings and an odd log are refused by name', async t => {
  for (const recordings of [-1, 0.5, '3', null]) {
    await t.rejects(createEdge({ config, recordings: recordings as number }), {
      code: 'OPTION_INVALID',
      message: `recordings is ${JSON.stringify(recordings)}; write a whole number from 0; 0 keeps none`,
    })
  }
  await t.rejects(createEdge({ config, log: 'http_plugin.log' as unknown as boolean }), {
    code: 'OPTION_INVALID',
    message: 'log is "http_plugin.log"; write true, false or an object',
  })
  await t.rejects(createEdge({ config, log: { level: 'loud' as 'warn' } }), {
    code: 'OPTION_INVALID',
    message: /^level is .*loud/,
  })
})

t.test('one request in N: the first, and every N-th after it', async t => {
  const sampled = (every: number): string => {
    const selection = new TraceSelection({ every })
    return Array.from({ length: 7 }, () => (selection.samples() ? 'x' : '.')).join('')
  }
  t.equal(sampled(1), 'xxxxxxx')
  t.equal(sampled(2), 'x.x.x.x')
  t.equal(sampled(3), 'x..x..x')
  t.equal(new TraceSelection(null).samples(), false)
  t.equal(new TraceSelection({ header: {} }).samples(), false)
})

t.test('the asking field is taken out, whoever sends it and however often', async t => {
  const selection = new TraceSelection({ header: {} })
  const fields = (): string[] => ['A', '1', 'x-plugin-TRACE', '', 'B', '2', 'X-Plugin-Trace', '0']
  for (const [address, may] of [
    ['127.0.0.1', true],
    ['127.8.9.10', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['10.0.0.1', false],
    [undefined, false],
  ] as const) {
    const list = fields()
    t.equal(selection.asks(list, address), may, String(address))
    t.same(list, ['A', '1', 'B', '2'])
  }
  t.equal(selection.asks(['X-Plugin-Tracer', '1'], '::1'), false)
  const off = fields()
  t.equal(new TraceSelection({ every: 1 }).asks(off, '::1'), false)
  t.same(off, fields(), 'without the option it is a field like any other')
})

t.test('addresses are compared as addresses, not as texts', async t => {
  const list = addressList(['10.1.0.0/16', '2001:db8::/32', '192.0.2.7'])
  for (const address of ['10.1.2.3', '2001:DB8:0:0::5', '192.0.2.7', '::ffff:10.1.9.9']) {
    t.ok(list(address), address)
  }
  for (const address of ['10.2.0.1', '2001:db9::1', '192.0.2.8', '', 'nonsense', undefined]) {
    t.notOk(list(address), String(address))
  }
  t.ok(addressList(['fe80::1'])('fe80::1%eth0'), 'the zone is no part of the address')
})
