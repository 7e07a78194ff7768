import t from 'tap'
import type { Recording } from '../../src/debug/recording.ts'
import { createStepper } from '../../src/stepper/create-stepper.ts'
import type { Stepper } from '../../src/stepper/stepper.ts'
import { awaited, clusterOf, replay, serverOf, troubles } from './figure.ts'
import { busyEdge } from './record.ts'

const config = clusterOf('RetryInterval="30"', 'ConnectTimeout="5"')

/** A session of a whose server refuses while others mark b down and up. */
const recorded = (): Recording => {
  const edge = busyEdge(config)
  edge.other().report({ kind: 'failed', cause: 'refused' })
  edge.clock.advance(40_000.5)
  const waiting = [edge.other(), edge.other()]
  const { exchange, told, recording } = edge.record({ cookie: ['JSESSIONID=0000k:ax', 'x=1'] })
  edge.clock.advance(10)
  for (const each of waiting) each.report({ kind: 'answered', status: 200 })
  edge.other().report({ kind: 'answered', status: 200 })
  edge.clock.advance(5000)
  told({ kind: 'failed', cause: 'connect-timeout' })
  edge.other().report({ kind: 'answered', status: 200 })
  edge.clock.advance(20.75)
  told({ kind: 'answered', status: 200, stream: 'pooled', streaming: true })
  edge.clock.advance(3)
  told({ kind: 'relayed' })
  t.equal(exchange.step.kind, 'done')
  return recording()
}

const plain = (records: readonly object[]) => records.map(each => ({ ...each, exchange: 0 }))

const recordsOf = (stepper: Stepper) => stepper.view.trace.map(({ record }) => record)

t.test('stepping through a recording shows exactly the recorded decisions', async t => {
  const recording = recorded()
  const stepper = createStepper({ config, recording })
  t.equal(stepper.view.now, recording.inputs[0]?.at)
  t.equal(stepper.view.request.cookie, 'JSESSIONID=0000k:ax; x=1')
  stepper.toNetwork()
  t.match(stepper.view.next, { kind: 'network', proposed: recording.inputs[1]?.outcome as object })
  stepper.next()
  t.equal(stepper.view.now, recording.inputs[1]?.at)
  t.strictSame(stepper.view.state, recording.inputs[1]?.before)
  stepper.toEnd()
  t.strictSame(plain(recordsOf(stepper)), plain(recording.records))
  t.equal(stepper.view.code, recording.code)
  t.strictSame(stepper.view.notes, [])
  t.equal(stepper.view.now, recording.inputs[3]?.at)
})

t.test('a recorded request replays as a scenario, other traffic and all', async t => {
  const stepper = createStepper({ config, recording: recorded() })
  stepper.toEnd()
  const scenario = stepper.scenario('recorded')
  const report = replay(scenario)
  t.strictSame(troubles(report), [])
  t.ok(report.passed)
  t.ok(
    scenario.steps.some(step => 'mark' in step),
    'what the others did is in it',
  )
})

t.test(
  'a recording does not hinder another answer; from there on the network is imagined',
  async t => {
    const recording = recorded()
    const stepper = createStepper({ config, recording })
    stepper.toNetwork()
    t.equal(awaited(stepper.view), 'a')
    stepper.answer(503)
    stepper.toNetwork()
    t.equal(awaited(stepper.view), 'c', 'somebody else is probing b')
    t.match(stepper.view.next, { proposed: 'ok' })
    t.equal(serverOf(stepper.view, 'a').health, 'up')
    stepper.toEnd()
    t.equal(stepper.view.code, 'AFF>503>BACKUP')
    t.strictSame(troubles(replay(stepper.scenario('another answer'))), [])
    while (stepper.back()) {}
    stepper.toEnd()
    t.strictSame(
      plain(recordsOf(stepper)),
      plain(recording.records),
      'back, it is the recorded one',
    )
  },
)

t.test('a server marked by hand in a recorded decision has the decision made again', async t => {
  const stepper = createStepper({ config, recording: recorded() })
  stepper.next()
  stepper.mark('a', 'down')
  t.equal(stepper.view.trace.length, 0)
  stepper.toNetwork()
  t.equal(awaited(stepper.view), 'c')
  stepper.toEnd()
  t.strictSame(troubles(replay(stepper.scenario('marked'))), [])
  stepper.send()
  t.equal(stepper.view.requestNumber, 2)
  t.equal(stepper.view.request.cookie, 'JSESSIONID=0000k:ax:cx; x=1')
  stepper.toEnd()
  t.strictSame(troubles(replay(stepper.scenario('marked, and another one'))), [])
})

t.test('R4 a recorded probe stays the probe while others change the state', async t => {
  const edge = busyEdge(config)
  const session = { cookie: 'JSESSIONID=0000k:ax' }
  edge.other(session).report({ kind: 'failed', cause: 'refused' })
  edge.clock.advance(30_000)
  const { told, recording } = edge.record(session)
  t.equal(edge.router.snapshot().clusters[0]?.servers[0]?.health, 'probing')
  edge.other(session).report({ kind: 'answered', status: 200 })
  told({ kind: 'answered', status: 200 })
  const stepper = createStepper({ config, recording: recording() })
  stepper.toEnd()
  t.strictSame(plain(recordsOf(stepper)), plain(recording().records))
  t.ok(recordsOf(stepper).some(record => record.kind === 'mark-up'))
  t.strictSame(troubles(replay(stepper.scenario('probe'))), [])
})

t.test('a request that meets the probe of another one is recorded so', async t => {
  const edge = busyEdge(config, { partitionTables: { C: { '77': ['ax'] } } })
  const session = { cookie: 'JSESSIONID=0000k:77' }
  edge.other(session).report({ kind: 'failed', cause: 'refused' })
  edge.clock.advance(30_000)
  const probe = edge.other(session)
  edge.router.setPartitionTable('C', { '78': ['ax'] })
  const { told, recording } = edge.record({ cookie: 'JSESSIONID=0000k:78' })
  probe.report({ kind: 'answered', status: 200 })
  told({ kind: 'answered', status: 200 })
  const stepper = createStepper({ config, recording: recording() })
  stepper.toEnd()
  t.strictSame(plain(recordsOf(stepper)), plain(recording().records))
  t.ok(recordsOf(stepper).some(each => each.kind === 'skip' && each.reason === 'probing'))
  t.strictSame(troubles(replay(stepper.scenario('probing'))), [])
})

t.test('bodies, random choice and unusable transports of a recording are kept', async t => {
  const random = clusterOf('LoadBalance="Random" PostBufferSize="1"')
  const settings = { retryClock: 'arrival' as const }
  const edge = busyEdge(random, settings)
  const { told, recording } = edge.record({ method: 'POST', body: 'unknown' })
  told({ kind: 'buffered', bytes: 1024, complete: false })
  edge.clock.advance(7)
  told({ kind: 'failed', cause: 'refused' })
  told({ kind: 'failed', cause: 'reset', code: 'ECONNRESET' })
  const stepper = createStepper({ config: random, recording: recording() })
  t.match(stepper.view.request, { method: 'POST', bodyBytes: 1025, chunked: true })
  stepper.toEnd()
  t.strictSame(plain(recordsOf(stepper)), plain(recording().records))
  t.ok(recordsOf(stepper).some(each => each.kind === 'outcome' && each.reason === 'not-replayable'))
  const scenario = stepper.scenario('body')
  t.match(scenario.options, { retryClock: 'arrival', random: [Number] })
  t.strictSame(troubles(replay(scenario)), [])
})

t.test('a request that no URL can say is stepped through as it was', async t => {
  const edge = busyEdge(config)
  const odd = edge.record({ target: '*', method: 'OPTIONS', host: 'h' })
  const stepper = createStepper({ config, recording: { ...odd.recording(), url: 'http://h*' } })
  stepper.toEnd()
  t.strictSame(plain(recordsOf(stepper)), plain(odd.recording().records))
  t.strictSame(troubles(replay(stepper.scenario('odd'))), [])
})

t.test('another configuration than the recorded one is told', async t => {
  const other = clusterOf('RetryInterval="31"', 'ConnectTimeout="5"')
  const stepper = createStepper({ config: other, recording: recorded() })
  t.match(stepper.view.notes, [/^step \d+ is not as recorded, .* 30 s .* 31 s /])
})

t.test('a recording without the arrival of its request is refused', async t => {
  const recording = recorded()
  const broken = { ...recording, inputs: recording.inputs.slice(1) }
  t.throws(() => createStepper({ config, recording: broken }), {
    code: 'OPTION_INVALID',
    message: /begin with the arrival/,
  })
})

t.test('what an operator said during a recorded request is part of its replay', async t => {
  const edge = busyEdge(config)
  edge.router.administer('C', 'a', 'draining')
  const { exchange, told, recording } = edge.record({ cookie: 'JSESSIONID=0000k:ax' })
  t.equal(exchange.code, 'AFF')
  edge.router.administer('C', 'a', 'stopped')
  told({ kind: 'failed', cause: 'read-timeout' })
  edge.router.administer('C', 'a', 'in-service')
  told({ kind: 'answered', status: 200 })
  const stepper = createStepper({ config, recording: recording() })
  stepper.toEnd()
  t.equal(stepper.view.code, exchange.code)
  t.strictSame(plain(recordsOf(stepper)), plain(recording().records))
  const scenario = stepper.scenario('administered')
  t.strictSame(troubles(replay(scenario)), [])
  t.match(JSON.stringify(scenario.steps), /"admin":"stopped".*"admin":"in-service"/)
})
