import t from 'tap'
import { ServerState } from '../../src/core/server.ts'
import { cluster, only, server, transport } from '../support/configs.ts'
import { failed, lab, ok, serverOf } from '../support/lab.ts'

const pair = (over = {}) => only(cluster([server('A'), server('B')], over))

t.test('R4 R9 a failure elsewhere leaves the probe with the one that holds it', async t => {
  const l = lab(pair())
  const older = l.session('a')
  l.session('a').report(failed('refused'))
  l.clock.advance(60_000)
  const probe = l.session('a')
  older.report(failed('reset'))
  t.equal(l.server('A').health, 'probing')
  probe.report(failed('refused'))
  t.equal(l.server('A').health, 'down')
  t.same(
    l.of('mark-down').map(({ reason }) => reason),
    ['failure', 'failed-again', 'probe-failed'],
  )
})

t.test(
  'U2 a late answer takes the probe away, and its own failure is one like any other',
  async t => {
    const l = lab(pair())
    const older = l.session('a')
    l.session('a').report(failed('refused'))
    l.clock.advance(60_000)
    const probe = l.session('a')
    older.report(ok)
    t.equal(l.health(), 'A:up B:up')
    t.match(l.of('mark-up'), [{ server: 'A', reason: 'late-answer' }])
    probe.report(failed('refused'))
    t.equal(l.health(), 'A:down B:up')
    t.same(
      l.of('mark-down').map(({ reason }) => reason),
      ['failure', 'failure'],
    )
  },
)

t.test('U2 and its answer marks nobody up', async t => {
  const l = lab(pair())
  const older = l.session('a')
  l.session('a').report(failed('refused'))
  l.clock.advance(60_000)
  const probe = l.session('a')
  older.report(ok)
  l.forget()
  probe.report(ok)
  t.same(l.of('mark-up'), [])
})

t.test(
  '8.4 E3 a client that leaves an older request does not end the probe of another',
  async t => {
    for (const outcome of [{ kind: 'client-aborted' }, { kind: 'client-failed' }] as const) {
      const l = lab(pair())
      const older = l.session('a')
      l.session('a').report(failed('refused'))
      l.clock.advance(60_000)
      const probe = l.session('a')
      older.report(outcome)
      t.equal(l.server('A').health, 'probing')
      t.equal(serverOf(l.session('a').step), 'B', 'R4 still one probe at a time')
      probe.report(ok)
      t.equal(l.server('A').health, 'up')
    }
  },
)

t.test(
  '5.1 the timer of a server runs from its last failure; busy is at MaxConnections',
  async t => {
    const transports = { http: { transport: transport(), case: 2 }, https: null } as const
    const state = new ServerState(server('A', { maxConnections: 2 }), 'primary', transports, 3)
    t.equal(state.retryInMs(60_000, 1000), 59_000)
    state.lastFailureAt = 5000
    t.equal(state.retryInMs(60_000, 1000), 64_000)
    t.equal(state.retryInMs(60_000, 70_000), -5000)
    t.equal(state.busy, false)
    state.pending = 1
    t.equal(state.busy, false)
    state.pending = 2
    t.equal(state.busy, true)
    t.match(state, { start: 3, current: 3, usable: true })
  },
)

t.test('F17 a server is usable by either scheme', async t => {
  const some = { transport: transport(), case: 1 } as const
  const usable = (http: typeof some | null, https: typeof some | null) =>
    new ServerState(server('A'), 'primary', { http, https }, 1).usable
  t.same(
    [usable(some, some), usable(some, null), usable(null, some), usable(null, null)],
    [true, true, true, false],
  )
})
