import t from 'tap'
import type { Exchange } from '../../src/core/exchange.ts'
import type { TraceKind, TraceRecord } from '../../src/core/trace.ts'
import type { TraceDepth } from '../../src/core/tracer.ts'
import { cluster, config, only, server } from '../support/configs.ts'
import { answered, failed, type Lab, lab, ok } from '../support/lab.ts'

const pair = (over = {}, a = {}, b = {}) => only(cluster([server('A', a), server('B', b)], over))

/** A request whose records are kept at this depth. */
const follow = (
  l: Lab,
  depth: TraceDepth,
  over = {},
): { exchange: Exchange; told: TraceRecord[] } => {
  const told: TraceRecord[] = []
  const head = {
    method: 'GET',
    target: '/',
    scheme: 'http',
    host: 'edge.example',
    ...over,
  } as const
  return { exchange: l.router.route(head, record => told.push(record), depth), told }
}

const kinds = (told: readonly TraceRecord[]): string => told.map(({ kind }) => kind).join(' ')

const session = (id: string) => ({ cookie: `JSESSIONID=0001abcdefghijklmnopqrstuvw:${id}` })

t.test('depth failures: a request that is served leaves no record', async t => {
  const { exchange, told } = follow(lab(pair()), 'failures', session('b'))
  exchange.report({ kind: 'answered', status: 200, streaming: true })
  exchange.report({ kind: 'relayed' })
  t.same(told, [])
})

t.test(
  'depth failures: neither does one that no Route matches, nor one whose client goes away',
  async t => {
    t.same(follow(lab(config()), 'failures').told, [])
    const { exchange, told } = follow(lab(pair()), 'failures')
    exchange.report({ kind: 'client-aborted' })
    t.same(told, [])
  },
)

t.test('depth failures: a session whose server is down leaves no record either', async t => {
  const l = lab(pair())
  l.session('a').report(failed('refused'))
  const { exchange, told } = follow(l, 'failures', session('a'))
  exchange.report(ok)
  t.equal(exchange.code, 'AFF>DOWN>RR')
  t.same(told, [])
})

t.test(
  'depth failures: a failed attempt leaves its stream, its failure, the mark and the retry',
  async t => {
    const { exchange, told } = follow(lab(pair()), 'failures')
    exchange.report(failed('refused'))
    t.equal(kinds(told), 'stream connect fail mark-down retry')
    exchange.report(ok)
    t.equal(kinds(told), 'stream connect fail mark-down retry', 'and nothing of what went well')
    t.match(told, [
      { kind: 'stream', server: 'A', from: 'new' },
      { kind: 'connect', server: 'A', result: 'failed' },
      { kind: 'fail', server: 'A', row: 'F1', cause: 'refused', retry: true },
      { kind: 'mark-down', server: 'A', reason: 'failure' },
      { kind: 'retry', server: 'A', how: 'another-server', attempt: 2 },
    ])
  },
)

t.test('depth failures: a request that fails leaves its end', async t => {
  const { exchange, told } = follow(lab(pair()), 'failures')
  exchange.report(failed('refused'))
  exchange.report(failed('refused'))
  t.match(told.slice(-3), [
    { kind: 'fail', cause: 'attempts-failed', text: 'the client gets 500' },
    { kind: 'weights' },
    { kind: 'outcome', result: 'fail', status: 500, reason: 'attempts-failed', attempts: 2 },
  ])
  const early = follow(lab(pair()), 'failures', { host: 'a b' })
  t.match(early.told, [
    { kind: 'fail', cause: 'bad-host' },
    { kind: 'outcome', result: 'fail', status: 400, reason: 'bad-host', attempts: 0 },
  ])
})

t.test('depth failures: an answer that breaks off leaves its end', async t => {
  const { exchange, told } = follow(lab(pair()), 'failures')
  exchange.report({ kind: 'answered', status: 200, streaming: true })
  exchange.report(failed('reset'))
  t.match(told, [
    { kind: 'fail', row: 'F14', cause: 'response-broken' },
    { kind: 'weights' },
    { kind: 'outcome', result: 'response-broken', server: 'A' },
  ])
})

t.test('depth failures: a 503 leaves its failure and the retry', async t => {
  const { exchange, told } = follow(lab(pair()), 'failures')
  exchange.report(answered(503))
  t.match(told, [
    { kind: 'fail', row: 'F11', cause: 'status-503', retry: true },
    { kind: 'retry', how: 'another-server' },
  ])
})

t.test('depth failures: a probe that is answered leaves the mark that it takes away', async t => {
  const l = lab(pair())
  l.session('a').report(failed('refused'))
  l.clock.advance(60_000)
  const { exchange, told } = follow(l, 'failures', session('a'))
  exchange.report(ok)
  t.match(told, [{ kind: 'mark-up', server: 'A', reason: 'probe-answered' }])
  t.equal(told.length, 1)
})

t.test(
  'E21 depth failures: a server that is marked down for being busy leaves the mark',
  async t => {
    const own = pair({}, { maxConnections: 1 })
    const l = lab({ ...own, settings: { ...own.settings, markBusyDown: true } })
    l.session('a')
    const { told } = follow(l, 'failures', session('a'))
    t.match(told, [{ kind: 'mark-down', server: 'A', reason: 'busy' }])
    t.equal(told.length, 1)
  },
)

t.test('depth failures leaves out records of depth all, and changes none', async t => {
  const all = follow(lab(pair()), 'all', session('a'))
  const failures = follow(lab(pair()), 'failures', session('a'))
  for (const { exchange } of [all, failures]) {
    exchange.report(failed('reset', 'pooled'))
    exchange.report(failed('connect-timeout'))
    exchange.report(failed('tls'))
  }
  const left: readonly TraceKind[] = [
    'route',
    'ids',
    'compare',
    'check',
    'skip',
    'select',
    'transport',
    'stats',
  ]
  t.same(
    all.told.filter(({ kind }) => !left.includes(kind)),
    failures.told,
  )
  t.equal(all.exchange.code, failures.exchange.code)
})

t.test('the default depth is all', async t => {
  const l = lab(pair())
  const told: TraceRecord[] = []
  l.router
    .route({ method: 'GET', target: '/', scheme: 'http', host: 'h' }, record => told.push(record))
    .report(ok)
  t.equal(told.at(0)?.kind, 'route')
  t.equal(told.at(-1)?.kind, 'outcome')
})
