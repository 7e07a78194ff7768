import t from 'tap'
import type { Why } from '../../src/core/step.ts'
import {
  type SkipReason,
  type TraceKind,
  type TraceRecord,
  traceKinds,
} from '../../src/core/trace.ts'
import { createStepper } from '../../src/stepper/create-stepper.ts'
import { ruleOf } from '../../src/stepper/rules.ts'
import type { NetworkChoice, Stepper, Upcoming } from '../../src/stepper/stepper.ts'
import { clusterOf, figure, ofMember1, snoop, stepFigure } from './figure.ts'

const isPlain = /^[A-Z][^()]{20,}.*\. \((routing \d+(\.\d)?(, F\d+)?|ours, not the plug-in's)\)$/

/** Rules of everything up to the end of the request, by kind. */
const walk = (stepper: Stepper, answers: readonly NetworkChoice[]): Map<string, string> => {
  const rules = new Map<string, string>()
  const left = [...answers]
  for (;;) {
    const { view } = stepper
    const { next } = view
    const about = next.kind === 'decision' ? next.record.kind : `${next.kind} ${next.step.kind}`
    rules.set(about, ruleOf(next, view))
    if (next.kind === 'end') return rules
    const answer = next.kind === 'network' ? left.shift() : undefined
    if (answer === undefined) stepper.next()
    else stepper.answer(answer)
  }
}

t.test(
  'every kind of step of the documented failover has its rule in a plain sentence',
  async t => {
    const stepper = await stepFigure()
    const rules = new Map([...walk(stepper, ['refused'])])
    stepper.advance(60)
    stepper.send()
    for (const [about, rule] of walk(stepper, [])) rules.set(about, rule)
    stepper.send({ url: 'http://www.example.com/other' })
    for (const [about, rule] of walk(stepper, [])) rules.set(about, rule)
    for (const kind of traceKinds) t.match(rules.get(kind), isPlain, kind)
    for (const about of ['network attempt', 'network relay', 'end done', 'end decline']) {
      t.match(rules.get(about), isPlain, about)
    }
    t.match(rules.get('mark-down'), /RetryInterval/)
  },
)

t.test('round robin is explained where it chooses', async t => {
  const stepper = createStepper({ config: await figure(), request: snoop })
  t.equal(
    walk(stepper, []).get('select'),
    'Round robin goes on from the server after the last one picked and takes the first whose weight is above 0 and that is up; the pick costs one weight. (routing 3.2)',
  )
})

t.test('a body, a refusal and a probe have their rules', async t => {
  const config = clusterOf('PostSizeLimit="10"')
  const request = { ...snoop, method: 'POST', bodyBytes: 11 }
  const stepper = createStepper({ config, request, given: { firstPick: 'a' } })
  t.match(walk(stepper, []).get('end fail'), /PostSizeLimit is answered with 413/)
  stepper.send({ bodyBytes: 10 })
  t.match(walk(stepper, ['ok', 'refused']).get('network buffer'), /PostBufferSize/)
  stepper.advance(60)
  stepper.mark('b', 'down')
  stepper.mark('c', 'down')
  stepper.send()
  const rules = walk(stepper, [])
  t.match(rules.get('select'), /this one request is the probe/)
  t.match(rules.get('network attempt'), /^This is the probe/)
})

t.test('time limits are said as they are configured', async t => {
  const limits = createStepper({ config: await figure(), request: ofMember1 })
  limits.toNetwork()
  t.equal(
    ruleOf(limits.view.next, limits.view),
    'The server has 5 s to accept the connection (ConnectTimeout), and 60 s for each part of its answer (ServerIOTimeout, which does not mark it down); any status but 503 is passed on. (routing 4.1)',
  )
  const server = 'ServerIOTimeout="-20" ConnectTimeout="0"'
  const none = createStepper({ config: clusterOf('', server), request: snoop })
  none.toNetwork()
  t.match(ruleOf(none.view.next, none.view), /^Nothing but the operating system .* marks it down/)
})

t.test('no reason, row or cause is without a rule', async t => {
  const { view } = await stepFigure()
  const rule = (kind: TraceKind, facts: object): string => {
    const record = { kind, ...facts } as unknown as TraceRecord
    return ruleOf({ kind: 'decision', record } as Upcoming, view)
  }
  const whys: Why[] = [
    'affinity',
    'round-robin',
    'random',
    'only-server',
    'backup',
    'next-in-list',
    'cluster-address',
    'same-server',
    'least-recently-failed',
  ]
  for (const why of whys) t.match(rule('select', { why, probe: false }), isPlain, why)
  const skips: SkipReason[] = [
    'marked-down',
    'probing',
    'busy',
    'weight',
    'tried',
    'answered-503',
    'no-transport',
    'draining',
    'stopped',
  ]
  for (const reason of skips) t.match(rule('skip', { reason }), isPlain, reason)
  for (const row of [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 14, 18]) {
    const text = rule('fail', { row: `F${row}`, cause: 'x' })
    t.match(text, isPlain, `F${row}`)
    t.notMatch(text, /depends on where/)
  }
  for (const reason of [
    'bad-host',
    'bad-target',
    'client-body',
    'body-too-large',
    'cluster-unknown',
    'no-server',
    'all-down',
    'all-busy',
    'all-out-of-service',
    'attempts-failed',
    'not-replayable',
    'server-503',
  ]) {
    t.match(rule('fail', { cause: reason }), isPlain, reason)
    t.match(rule('outcome', { result: 'fail', reason }), isPlain, reason)
  }
  for (const result of ['served', 'decline', 'client-aborted', 'response-broken']) {
    t.match(rule('outcome', { result }), isPlain, result)
  }
  for (const each of [1, 2, 3, 4]) t.match(rule('transport', { case: each }), isPlain)
  for (const from of ['pooled', 'new']) t.match(rule('stream', { from }), isPlain)
  for (const result of ['ok', 'failed', 'timeout']) {
    for (const connectTimeoutMs of [0, 5]) {
      t.match(rule('connect', { result, connectTimeoutMs }), isPlain)
    }
  }
  for (const reason of ['failure', 'probe-failed', 'failed-again', 'busy']) {
    t.match(rule('mark-down', { reason }), isPlain, reason)
  }
  for (const how of ['same-server', 'another-server']) t.match(rule('retry', { how }), isPlain)
  for (const reason of ['probe-answered', 'late-answer'])
    t.match(rule('mark-up', { reason }), isPlain)
  for (const reset of [0, 2]) t.match(rule('weights', { reset }), isPlain)
  for (const facts of [
    { reparsed: true },
    { reparsed: false, source: 'none' },
    { reparsed: false, source: 'url' },
  ]) {
    t.match(rule('ids', facts), isPlain)
  }
})
