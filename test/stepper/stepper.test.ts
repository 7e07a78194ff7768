import t from 'tap'
import { createStepper } from '../../src/stepper/create-stepper.ts'
import type { NetworkChoice, SteppedRequest } from '../../src/stepper/stepper.ts'
import {
  awaited,
  clusterOf,
  figure,
  kindsOf,
  replay,
  serverOf,
  snoop,
  stepFigure,
  troubles,
} from './figure.ts'

const post: SteppedRequest = { ...snoop, method: 'POST', bodyBytes: 10 }

t.test('it begins in front of the first decision, and nothing is before that', async t => {
  const stepper = await stepFigure()
  t.match(stepper.view, {
    requestNumber: 1,
    trace: [],
    next: { kind: 'decision', record: { kind: 'route' } },
    cluster: undefined,
    now: 0,
    canGoBack: false,
    breakpoints: [],
    code: '',
    ended: undefined,
    notes: [],
  })
  const before = stepper.view
  t.equal(stepper.back(), false)
  t.strictSame(stepper.view, before)
})

t.test('at the end of a request nothing more happens', async t => {
  const stepper = await stepFigure()
  t.equal(stepper.toEnd(), 'end')
  const { view } = stepper
  t.match(view.next, { kind: 'end', step: { kind: 'done', result: 'served' } })
  t.equal(stepper.next(), 'end')
  t.equal(stepper.toNetwork(), 'end')
  t.equal(stepper.toEnd(), 'end')
  t.throws(() => stepper.answer('ok'), {
    code: 'OUTCOME_UNEXPECTED',
    message: /nothing more to do/,
  })
  t.strictSame(stepper.view, view)
})

t.test('an answer in front of a decision first goes on to the network', async t => {
  const stepper = await stepFigure()
  stepper.next()
  stepper.answer('refused')
  t.strictSame(kindsOf(stepper.view), ['route', 'ids', 'compare', 'check', 'select', 'transport'])
  t.match(stepper.view.next, { kind: 'decision', record: { kind: 'stream' } })
})

t.test('the code grows from decision to decision', async t => {
  const stepper = await stepFigure()
  t.equal(stepper.view.code, '')
  stepper.toNetwork()
  t.equal(stepper.view.code, 'AFF')
  stepper.answer('reset')
  t.equal(stepper.view.code, 'AFF')
  stepper.toNetwork()
  t.equal(stepper.view.code, 'AFF>RESET>RR')
})

t.test('B2 a body is read first, and can be sent to a second server', async t => {
  const stepper = createStepper({ config: await figure(), request: post })
  stepper.toNetwork()
  t.match(stepper.view.next, { step: { kind: 'buffer', maxBytes: 65_536 }, proposed: 'ok' })
  t.throws(() => stepper.answer('refused'), {
    code: 'OUTCOME_UNEXPECTED',
    message:
      '"refused" cannot happen while the request body is being read; choose ok or client-aborted',
  })
  stepper.toNetwork()
  stepper.answer('reset')
  stepper.toNetwork()
  t.match(stepper.view.next, { step: { kind: 'attempt', number: 2 } })
  stepper.toEnd()
  t.strictSame(troubles(replay(stepper.scenario('a body'))), [])
})

t.test('B3 without a buffer a body can be sent once, unless none of it was sent yet', async t => {
  const config = clusterOf('PostBufferSize="0"')
  const after = (choice: NetworkChoice): string => {
    const stepper = createStepper({ config, request: post })
    stepper.answer(choice)
    stepper.toEnd()
    t.strictSame(troubles(replay(stepper.scenario('a body'))), [])
    return stepper.view.code
  }
  t.equal(after('reset'), 'RR>RESET>NOREPLAY')
  t.equal(after('reset-before-sending'), 'RR>RESET>RR')
})

t.test('the body of a GET is dropped, and one without announced length is limited', async t => {
  const config = clusterOf('PostSizeLimit="4" PostBufferSize="0"')
  const get = createStepper({ config, request: { ...snoop, bodyBytes: 10 } })
  get.toEnd()
  t.equal(get.view.code, 'RR')
  const chunked = createStepper({ config, request: { ...post, chunked: true } })
  chunked.toEnd()
  t.equal(chunked.view.code, 'RR>TOOLARGE')
  t.strictSame(troubles(replay(chunked.scenario('chunked'))), [])
})

t.test('passing an answer on is a step of the network', async t => {
  const stepper = await stepFigure()
  stepper.answer('ok')
  stepper.toNetwork()
  t.match(stepper.view.next, { step: { kind: 'relay', status: 200 }, proposed: 'ok' })
  t.throws(() => stepper.answer(503), /choose ok, broken-answer or client-aborted/)
  stepper.answer('broken-answer')
  stepper.toEnd()
  t.equal(stepper.view.code, 'AFF>BROKEN')
  while (stepper.view.next.kind !== 'network') stepper.back()
  stepper.answer('client-aborted')
  stepper.toEnd()
  t.equal(stepper.view.code, 'AFF>ABORT')
  t.strictSame(troubles(replay(stepper.scenario('abort'))), [])
})

t.test('F14 an answer that was told to break off does so when it is passed on', async t => {
  const stepper = await stepFigure()
  stepper.answer('broken-answer')
  stepper.toNetwork()
  t.match(stepper.view.next, { step: { kind: 'relay' }, proposed: 'broken-answer' })
  stepper.advance(1)
  stepper.toEnd()
  t.equal(stepper.view.code, 'AFF>BROKEN')
  t.match(stepper.view.ended, /^The answer of PluginMember1 broke off/)
})

const impossible = [
  ['tls', /is reached by http here, so TLS cannot fail; choose something else$/],
  ['handshake', /has no ExtendedHandshake/],
  ['silent', /nothing would ever follow; choose read-timeout, reset or client-aborted instead$/],
  [99, /^the status 99 is none; write 101 to 599$/],
] as const

for (const [choice, message] of impossible) {
  t.test(`${choice} is refused where it cannot happen, and nothing has happened`, async t => {
    const stepper = createStepper({ config: clusterOf(), request: snoop })
    const before = stepper.view
    t.throws(() => stepper.answer(choice), { code: 'OUTCOME_UNEXPECTED', message })
    t.strictSame(stepper.view, before)
  })
}

t.test('F6 a stale stream of the pool, then there is no other stale one', async t => {
  const stepper = await stepFigure()
  stepper.answer('reset-pooled')
  stepper.toNetwork()
  t.match(stepper.view.next, { step: { server: 'PluginMember1', stream: 'new', number: 2 } })
  t.throws(() => stepper.answer('reset-pooled'), /takes a new stream/)
  stepper.toEnd()
  t.equal(stepper.view.code, 'AFF>STALE>SAME')
  t.strictSame(troubles(replay(stepper.scenario('stale'))), [])
})

t.test('F2 a connect timeout takes its time on the clock', async t => {
  const stepper = await stepFigure()
  stepper.answer('connect-timeout')
  t.equal(stepper.view.now, 5000)
  stepper.toEnd()
  t.equal(serverOf(stepper.view, 'PluginMember1').lastFailureAt, 5000)
  t.strictSame(troubles(replay(stepper.scenario('timeout'))), [])
})

t.test('F10 what had to be assumed is said', async t => {
  const stepper = createStepper({ config: clusterOf(), request: snoop })
  stepper.answer('read-timeout')
  t.match(stepper.view.notes, [/has no ServerIOTimeout/])
})

t.test('a server marked down in the middle of a decision is out before that decision', async t => {
  const stepper = await stepFigure()
  stepper.next()
  stepper.next()
  const before = stepper.view
  stepper.mark('PluginMember1', 'down')
  t.equal(stepper.view.trace.length, 0, 'the decision is made again')
  t.match(serverOf(stepper.view, 'PluginMember1'), { health: 'down', retryInMs: 60_000 })
  stepper.toNetwork()
  t.equal(awaited(stepper.view), 'PluginMember2')
  while (stepper.view.trace.length > 0) stepper.back()
  t.ok(stepper.back())
  t.strictSame(stepper.view, before, 'and back takes it away')
})

t.test('a server marked down while the network acts stays down for what follows', async t => {
  const stepper = await stepFigure()
  stepper.toNetwork()
  stepper.mark('PluginMember2', 'down')
  stepper.answer(503)
  stepper.toEnd()
  t.equal(stepper.view.code, 'AFF', 'nobody else takes it, so its 503 is passed on')
  stepper.mark('PluginMember2', 'up')
  t.equal(serverOf(stepper.view, 'PluginMember2').health, 'up')
  t.strictSame(troubles(replay(stepper.scenario('marked'))), [])
})

t.test('R1 time that passes in the middle of a decision passes before it', async t => {
  const stepper = await stepFigure()
  stepper.mark('PluginMember1', 'down')
  stepper.toNetwork()
  t.equal(awaited(stepper.view), 'PluginMember2')
  stepper.back()
  stepper.advance(60)
  stepper.toNetwork()
  t.equal(awaited(stepper.view), 'PluginMember1')
  t.match(stepper.view.next, { step: { probe: true } })
  t.equal(stepper.view.now, 60_000)
  t.throws(() => stepper.advance(-1), { code: 'OPTION_INVALID', message: /-1 seconds cannot pass/ })
  t.throws(() => stepper.advance(Number.NaN), { code: 'OPTION_INVALID' })
})

t.test('N2 who is never marked down cannot be marked down by hand', async t => {
  const request = { ...snoop, url: 'http://h/lone/x' }
  const stepper = createStepper({ config: clusterOf(), request })
  const before = stepper.view
  t.throws(() => stepper.mark('lone', 'down'), {
    name: 'StateError',
    message: /^lone is the only server of L that can be used, and such a server is never/,
  })
  t.throws(() => stepper.mark('address', 'down'), { message: /is a ClusterAddress/ })
  t.throws(() => stepper.mark('d', 'down'), { message: /^no server is named "d"/ })
  stepper.mark('lone', 'up')
  t.strictSame(stepper.view.state, before.state)
})

t.test('a name in several clusters is that of the cluster of the request', async t => {
  const config = clusterOf()
  const [first, ...others] = config.clusters
  const twice = {
    ...config,
    clusters: [...others, { ...first, name: 'D' }, first],
  } as typeof config
  const stepper = createStepper({ config: twice, request: snoop })
  stepper.mark('a', 'down')
  const down = stepper.view.state.clusters.filter(({ servers }) => servers[0]?.health === 'down')
  t.strictSame(
    down.map(({ name }) => name),
    ['C'],
  )
  stepper.mark('D/a', 'down')
  stepper.toEnd()
  t.strictSame(troubles(replay(stepper.scenario('twice'))), [])
})

t.test('the next request carries the cookie that the server has set', async t => {
  const stepper = createStepper({ config: await figure(), request: snoop })
  stepper.toNetwork()
  t.equal(stepper.view.request.cookie, undefined)
  stepper.send({ url: 'http://www.example.com/snoop/2' })
  const { request, requestNumber, trace } = stepper.view
  t.equal(requestNumber, 2)
  t.strictSame(trace, [])
  t.equal(request.url, 'http://www.example.com/snoop/2')
  t.match(request.cookie, /^JSESSIONID=0000user11_.*:v544d0/)
  stepper.toEnd()
  t.equal(stepper.view.code, 'AFF')
  t.strictSame(troubles(replay(stepper.scenario('two'))), [])
})

t.test('cookies that are taken away or replaced by hand do not come back', async t => {
  const stepper = await stepFigure()
  stepper.send({ cookie: null })
  t.equal(stepper.view.request.cookie, undefined)
  stepper.send({ cookie: 'other=1' })
  t.equal(stepper.view.request.cookie, 'other=1')
  stepper.send()
  t.match(stepper.view.request.cookie, /^other=1; JSESSIONID=0000user31_/)
  stepper.toEnd()
  const scenario = stepper.scenario('cookies')
  t.strictSame(troubles(replay(scenario)), [])
  t.strictSame(
    scenario.steps.flatMap(step => ('request' in step ? [step.as] : [])),
    ['user 1', 'user 2', 'user 3', 'user 3'],
  )
})

t.test('an edited request takes the place of the current one', async t => {
  const stepper = await stepFigure()
  stepper.toEnd()
  stepper.send()
  stepper.toNetwork()
  const before = stepper.view
  stepper.edit({ url: 'http://www.example.com/other', method: 'HEAD', headers: { Accept: '*/*' } })
  t.match(stepper.view, {
    requestNumber: 2,
    trace: [],
    request: { method: 'HEAD', cookie: before.request.cookie, headers: { Accept: '*/*' } },
  })
  stepper.toEnd()
  t.equal(stepper.view.code, 'DECLINED')
  t.strictSame(troubles(replay(stepper.scenario('edited'))), [])
  while (stepper.view.trace.length > 0) stepper.back()
  stepper.back()
  t.strictSame(stepper.view, before, 'back takes the edit away')
})

const bad = [
  [{ url: 'x' }, /^"x" is not a URL; write http:\/\/HOST\/PATH/],
  [{ method: 'A B' }, /^the method "A B" is not one word/],
  [{ bodyBytes: -1 }, /^a body of -1 bytes/],
  [{ headers: { Cookie: 'a=1' } }, /^Cookie is among the headers/],
  [{ headers: { 'a b': '1' } }, /^a header named "a b"/],
] as const

for (const [edit, message] of bad) {
  t.test(`a request with ${JSON.stringify(edit)} is refused, and nothing has happened`, async t => {
    const stepper = await stepFigure()
    const before = stepper.view
    t.throws(() => stepper.edit(edit), { code: 'OPTION_INVALID', message })
    t.throws(() => stepper.send(edit), { code: 'OPTION_INVALID', message })
    t.strictSame(stepper.view, before)
  })
}

t.test('the local port counts with VHostMatchingCompat only, and must be a port', async t => {
  const config = await figure()
  const request = { ...snoop, localPort: 9999 }
  t.throws(() => createStepper({ config, request: { ...snoop, localPort: 1e6 } }), /local port/)
  const compat = { ...config, settings: { ...config.settings, vhostMatchingCompat: true } }
  for (const [each, code] of [
    [config, 'RR'],
    [compat, 'DECLINED'],
  ] as const) {
    const stepper = createStepper({ config: each, request })
    stepper.toEnd()
    t.equal(stepper.view.code, code)
    t.strictSame(troubles(replay(stepper.scenario('port'))), [])
  }
})

t.test('a Host header counts more than the URL', async t => {
  const request = { ...snoop, headers: { host: 'www.example.com:81' } }
  const stepper = createStepper({ config: await figure(), request })
  stepper.toEnd()
  t.equal(stepper.view.code, 'DECLINED')
  t.strictSame(troubles(replay(stepper.scenario('host'))), [])
})

t.test('a stepper can begin in a given state, with switches and another seed', async t => {
  const config = clusterOf()
  const stepper = createStepper({
    config,
    request: snoop,
    seed: 5,
    options: { allDown: 'probe', unusable: ['c'] },
    given: { servers: { a: { retryInSeconds: 5 }, b: { retryInSeconds: 4 } } },
  })
  stepper.toEnd()
  t.equal(stepper.view.code, 'OLDEST')
  const scenario = stepper.scenario('given')
  t.match(scenario, {
    options: { seed: 5, allDown: 'probe' },
    given: { servers: { b: { retryInSeconds: 4 } } },
  })
  t.strictSame(troubles(replay(scenario)), [])
  const wrong = { servers: { d: 'down' as const } }
  t.throws(() => createStepper({ config, request: snoop, given: wrong }), { name: 'StateError' })
})

t.test('breakpoints stop in front of a kind of step, a server or a cluster', async t => {
  const stepper = await stepFigure()
  stepper.setBreakpoint({ on: 'kind', kind: 'select' })
  t.equal(stepper.toEnd(), 'breakpoint')
  t.match(stepper.view.next, { record: { kind: 'select', server: 'PluginMember1' } })
  t.equal(stepper.toNetwork(), 'network', 'it goes on from there')
  stepper.clearBreakpoint({ on: 'kind', kind: 'select' })
  t.strictSame(stepper.view.breakpoints, [])
  stepper.setBreakpoint({ on: 'server', name: 'PluginMember2' })
  stepper.setBreakpoint({ on: 'server', name: 'PluginMember2' })
  t.equal(stepper.view.breakpoints.length, 1)
  stepper.answer('refused')
  t.equal(stepper.toNetwork(), 'breakpoint')
  t.match(stepper.view.next, { record: { kind: 'compare', server: 'PluginMember2' } })
  t.equal(stepper.toNetwork(), 'network', 'what follows concerns the same server')
  stepper.clearBreakpoint({ on: 'server', name: 'PluginMember2' })
  stepper.setBreakpoint({ on: 'cluster', name: 'PluginCluster' })
  t.equal(stepper.toEnd(), 'end', 'it has been inside all the time')
  stepper.send()
  t.equal(stepper.toEnd(), 'breakpoint')
  t.match(stepper.view, { trace: [{ record: { kind: 'route' } }], cluster: 'PluginCluster' })
  t.equal(stepper.toEnd(), 'end')
  stepper.send({ url: 'http://www.example.com/other' })
  t.equal(stepper.toEnd(), 'end')
})

t.test('a breakpoint may name the cluster of a server, and must name something', async t => {
  const stepper = await stepFigure()
  stepper.setBreakpoint({ on: 'server', name: 'PluginCluster/PluginMember1' })
  t.equal(stepper.toEnd(), 'breakpoint')
  t.match(stepper.view.next, { record: { kind: 'compare', server: 'PluginMember1' } })
  t.throws(() => stepper.setBreakpoint({ on: 'server', name: 'x' }), { name: 'StateError' })
  t.throws(() => stepper.setBreakpoint({ on: 'cluster', name: 'x' }), /no cluster is named "x"/)
  const kind = 'x' as 'route'
  t.throws(() => stepper.setBreakpoint({ on: 'kind', kind }), /write one of route, decline, /)
})
