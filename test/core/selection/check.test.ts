import t from 'tap'
import { cluster, only, server } from '../../support/configs.ts'
import { failed, lab, serverOf } from '../../support/lab.ts'

const weighing = (weights: readonly number[], over = {}) =>
  only(
    cluster(
      weights.map((loadBalanceWeight, i) => server('ABCD'[i] as string, { loadBalanceWeight })),
      over,
    ),
  )

t.test('3.7 the status check reports the flags of the plug-in', async t => {
  const l = lab(only(cluster([server('A', { maxConnections: 1 }), server('B')])))
  l.session('a').report(failed('refused'))
  l.forget()
  l.clock.advance(2000)
  l.session('a')
  t.match(l.of('check'), [
    {
      server: 'A',
      ignoreWeights: true,
      markedDown: true,
      retryNow: false,
      retryInSec: 58,
      wlbAllows: false,
      reachedMaxConnectionsLimit: false,
      eligible: false,
    },
    { server: 'A', ignoreWeights: false, markedDown: true, wlbAllows: true, eligible: false },
    {
      server: 'B',
      ignoreWeights: false,
      markedDown: false,
      retryNow: false,
      retryInSec: null,
      wlbAllows: true,
      eligible: true,
    },
  ])
})

t.test('3.7 an expired timer is due, and the pick after the check is the probe', async t => {
  const l = lab(only(cluster([server('A'), server('B')])))
  l.session('a').report(failed('refused'))
  l.clock.advance(60_000)
  l.forget()
  t.match(l.session('a').step, { server: 'A', probe: true })
  t.match(l.of('check'), [{ markedDown: true, probing: false, retryNow: true, retryInSec: 0 }])
  l.forget()
  l.session('a')
  t.match(l.of('check')[0], { probing: true, retryNow: false, eligible: false })
})

t.test('R11 a session of a due server goes to it first and pays for the attempt', async t => {
  const l = lab(only(cluster([server('A'), server('B')])))
  l.session('a').report(failed('refused'))
  l.clock.advance(60_000)
  const exchange = l.session('a')
  t.match(exchange.step, { server: 'A', why: 'affinity', probe: true })
  t.equal(serverOf(exchange.report(failed('connect-timeout'))), 'B')
  t.equal(l.health(), 'A:down B:up')
})

t.test('W4 before the first request every server has its start weight', async t => {
  const l = lab(weighing([6, 4, 2]))
  t.equal(l.weights(), '3/2/1')
})

const numbers: readonly (readonly [configured: readonly number[], start: string])[] = [
  [[100, 90, 80], '10/9/8'],
  [[20, 20, 20], '1/1/1'],
  [[20, 20, 19], '20/20/19'],
  [[2, 2], '1/1'],
]

t.test('3.1 the start weights of IBM’s examples', async t => {
  for (const [configured, start] of numbers) t.equal(lab(weighing(configured)).weights(), start)
})

t.test('3.1 equal weights are reset after as many requests as there are servers', async t => {
  const l = lab(weighing([20, 20, 20]))
  l.run(3)
  t.same(
    l.of('weights').filter(({ reset }) => reset > 0),
    [],
  )
  l.run(1)
  t.match(
    l.of('weights').filter(({ reset }) => reset > 0),
    [{ reset: 1 }],
  )
})

t.test('W8 a server whose weight is used up takes no new work', async t => {
  const l = lab(weighing([3, 1]))
  t.equal(l.run(4), 'ABAA')
  t.match(
    l.of('skip').filter(({ reason }) => reason === 'weight'),
    [{ server: 'B' }],
  )
})

t.test('W8 nor does one below zero', async t => {
  const l = lab(weighing([2, 3], { ignoreAffinityRequests: false }))
  for (let i = 0; i < 5; i++) l.session('a').report({ kind: 'answered', status: 200 })
  t.equal(l.weights(), '-3/3')
  t.equal(l.run(3), 'BBB')
})

t.test('X5 chance draws a server of weight 0 like any other', async t => {
  const draws = [0.1, 0.9, 0.9, 0.1]
  let next = 0
  const l = lab(weighing([1, 0], { loadBalance: 'random' }), {
    random: () => draws[next++] as number,
  })
  t.equal(l.run(4), 'ABBA')
  t.equal(l.weights(), '1/0')
})
