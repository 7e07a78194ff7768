import t from 'tap'
import type { TraceRecord } from '../../src/core/trace.ts'
import type { ExchangeRecord } from '../../src/edge/context.ts'
import { compileCondition, type TraceCondition } from '../../src/edge/trace-condition.ts'

const request: ExchangeRecord = {
  exchange: 1,
  code: 'RR',
  method: 'GET',
  url: '/shop/cart;jsessionid=1?x=/admin',
  host: 'h',
  clientAddress: '::ffff:10.1.2.3',
  cluster: 'Shop',
  server: 'm1',
  status: 200,
  result: 'served',
  reason: undefined,
  attempts: 1,
  durationMs: 1,
  serverMs: 1,
  request: {} as ExchangeRecord['request'],
}

const chosen = (...servers: readonly string[]): TraceRecord[] =>
  servers.map(server => ({ kind: 'select', server }) as TraceRecord)

const holds = (
  condition: TraceCondition,
  over: Partial<ExchangeRecord> = {},
  records: readonly TraceRecord[] = chosen('m1'),
): boolean => compileCondition('trace.when', condition)({ ...request, ...over }, records)

const cases: readonly (readonly [TraceCondition, Partial<ExchangeRecord>, boolean])[] = [
  [{ cluster: 'Shop' }, {}, true],
  [{ cluster: 'Bank' }, {}, false],
  [{ cluster: 'Shop' }, { cluster: undefined }, false],
  [{ server: 'm1' }, {}, true],
  [{ server: 'm2' }, {}, false],
  [{ uri: '/shop/*' }, {}, true],
  [{ uri: '/shop/*' }, { url: '/shop' }, true],
  [{ uri: '/shop/*' }, { url: '/shopping' }, false],
  [{ uri: '/shop*' }, { url: '/shopping' }, true],
  [{ uri: '/shop/cart' }, {}, true],
  [{ uri: '/shop/cart' }, { url: '/a/../shop/%63art' }, true],
  [{ uri: '/shop/cart' }, { url: 'http://h/shop/cart' }, true],
  [{ uri: '*.jsp' }, { url: '/a.jsp?b' }, true],
  [{ uri: '*.jsp' }, {}, false],
  [{ uri: '/s*p/c*t' }, {}, true],
  [{ uri: '*' }, {}, true],
  [{ uri: '*' }, { url: '*' }, false],
  [{ uri: '*' }, { url: '/%zz' }, false],
  [{ clientAddress: '10.1.2.3' }, {}, true],
  [{ clientAddress: '10.0.0.0/8' }, {}, true],
  [{ clientAddress: '10.1.2.4' }, {}, false],
  [{ clientAddress: '::1' }, { clientAddress: undefined }, false],
  [{ status: 200 }, {}, true],
  [{ status: 500 }, {}, false],
  [{ status: '5xx' }, { status: 503 }, true],
  [{ status: '5xx' }, { status: 499 }, false],
  [{ status: 0 }, { status: 0 }, true],
  [{ failedOver: true }, {}, false],
  [{ failedOver: false }, {}, true],
  [{ cluster: 'Shop', status: '2xx' }, {}, true],
  [{ cluster: 'Shop', status: '4xx' }, {}, false],
]
for (const [condition, over, result] of cases) {
  t.test(`${JSON.stringify(condition)} of ${JSON.stringify(over)}: ${result}`, async t => {
    t.equal(holds(condition, over), result)
  })
}

t.test('a server counts when it was asked, whether it answered or not', async t => {
  t.equal(holds({ server: 'm2' }, {}, chosen('m2', 'm1')), true)
  t.equal(holds({ server: 'm1' }, {}, []), true, 'the one in the record')
})

t.test('failed over: another server than the one that was wanted', async t => {
  const over = (code: string, ...servers: readonly string[]): boolean =>
    holds({ failedOver: true }, { code }, chosen(...servers))
  t.equal(over('RR>REFUSED>RR', 'm1', 'm2'), true)
  t.equal(over('AFF>DOWN>RR', 'm2'), true)
  t.equal(over('AFF>BUSY>BACKUP', 'm2'), true)
  t.equal(over('AFF>STALE>SAME', 'm1', 'm1'), false, 'the same server on another stream')
  t.equal(over('AFF>NOCLONE>RR', 'm1'), false, 'no server was wanted that there is')
  t.equal(over('AFF>DOWN>ALLDOWN'), false, 'nobody else was asked')
})
