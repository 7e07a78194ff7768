import { resolve } from 'node:path'
import t from 'tap'
import { loadScenario } from '../../src/simulate/read-scenario.ts'
import { simulate } from '../../src/simulate/simulate.ts'
import { awaited, backTo, kindsOf, replay, serverOf, stepFigure, troubles } from './figure.ts'

t.test('F11 back before a refused connection, a 503 instead leads elsewhere', async t => {
  const stepper = await stepFigure()

  t.equal(stepper.toNetwork(), 'network')
  t.equal(awaited(stepper.view), 'PluginMember1')
  const before = stepper.view
  t.equal(stepper.answer('refused'), 'decision')
  t.equal(stepper.toNetwork(), 'network')
  t.equal(awaited(stepper.view), 'PluginMember2', 'the takeover')
  t.ok(kindsOf(stepper.view).includes('mark-down'))
  t.equal(serverOf(stepper.view, 'PluginMember1').health, 'down')
  t.equal(stepper.toEnd(), 'end')
  t.equal(stepper.view.code, 'AFF>REFUSED>RR')
  t.equal(stepper.view.ended, 'PluginMember2 answers with status 200, 2 attempts')

  backTo(stepper, view => awaited(view) === 'PluginMember1')
  t.strictSame(stepper.view, before, 'the state is that of before')

  t.equal(stepper.answer(503), 'decision')
  stepper.toEnd()
  const { view } = stepper
  t.notOk(kindsOf(view).includes('mark-down'))
  t.match(serverOf(view, 'PluginMember1'), { health: 'up', failed: 0, total: 1, pending: 0 })
  t.match(serverOf(view, 'PluginMember2'), { health: 'up', total: 1, pending: 0 })
  t.equal(view.code, 'AFF>503>RR')
  t.equal(view.ended, 'PluginMember2 answers with status 200, 2 attempts')
  t.ok(
    view.trace.some(({ record }) => record.kind === 'fail' && record.row === 'F11'),
    'the trace names the rule',
  )
})

t.test('the whole session replays as a scenario', async t => {
  const stepper = await stepFigure()
  stepper.answer('refused')
  stepper.toEnd()
  stepper.send()
  t.equal(stepper.view.request.cookie, 'JSESSIONID=0000A2MB4IJozU_VM8IffsMNfdR:v544d031:v544d0o0')
  stepper.toEnd()
  stepper.advance(60)
  stepper.send()
  stepper.toNetwork()
  t.equal(awaited(stepper.view), 'PluginMember1', 'it is the probe')
  stepper.toEnd()
  const scenario = stepper.scenario('the documented failover', '../figure-5-12.xml')
  t.match(scenario, { title: 'the documented failover', config: '../figure-5-12.xml' })
  t.match(scenario.steps[0], { as: 'user 1', hold: 'request 1', expect: { why: 'affinity' } })
  const file = resolve(import.meta.dirname, '../../plugin-cfg/scenarios/saved.json')
  const loaded = await loadScenario(file, JSON.stringify(scenario))
  if ('problems' in loaded) return t.fail('it has problems', { ...loaded })
  const report = simulate(loaded.scenario, loaded.configs)
  t.strictSame(troubles(report), [])
  t.ok(report.passed)
  t.strictSame(report.snapshot, stepper.view.state)
  t.ok(replay(stepper.scenario('with the model itself')).passed)
})

t.test('a saved scenario fails where something else comes out', async t => {
  const stepper = await stepFigure()
  stepper.answer('refused')
  stepper.toEnd()
  const scenario = stepper.scenario('another network')
  const steps = scenario.steps.map(step => ('fail' in step ? { answer: step.fail } : step))
  t.notOk(replay({ ...scenario, steps }).passed)
})

t.test('each decision shows the state in the moment after it', async t => {
  const stepper = await stepFigure()
  const states = []
  while (stepper.view.next.kind === 'decision') {
    t.equal(stepper.view.ended, undefined)
    const { record } = stepper.view.next
    stepper.next()
    const { view } = stepper
    t.equal(view.trace.at(-1)?.record, record)
    t.strictSame(view.trace.at(-1)?.state, view.state)
    states.push([record.kind, serverOf(view, 'PluginMember1').pending, view.cluster])
  }
  t.strictSame(states, [
    ['route', 0, 'PluginCluster'],
    ['ids', 0, 'PluginCluster'],
    ['compare', 0, 'PluginCluster'],
    ['check', 0, 'PluginCluster'],
    ['select', 1, 'PluginCluster'],
    ['transport', 1, 'PluginCluster'],
  ])
  stepper.answer('refused')
  const marked = []
  while (marked.length < 6) {
    stepper.next()
    const { health, failed } = serverOf(stepper.view, 'PluginMember1')
    marked.push([stepper.view.trace.at(-1)?.record.kind, health, failed])
  }
  t.strictSame(marked, [
    ['stream', 'up', 0],
    ['connect', 'up', 0],
    ['fail', 'up', 1],
    ['mark-down', 'down', 1],
    ['stats', 'down', 1],
    ['retry', 'down', 1],
  ])
})
