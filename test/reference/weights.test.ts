import t from 'tap'
import type { ServerCluster } from '../../src/config/model.ts'
import { answered, cluster, failed, Lab, server, session } from '../support/reference/lab.ts'
import { startWeights } from '../support/reference/weights.ts'

const starts = [
  ['IBM 100 90 80', [100, 90, 80], [10, 9, 8]],
  ['equal weights collapse to 1', [20, 20, 20], [1, 1, 1]],
  ['one off by one keeps the divisor at 1', [20, 20, 19], [20, 20, 19]],
  ['default weights', [2, 2], [1, 1]],
  ['W3 zeros take no part', [2, 0, 4], [1, 0, 2]],
  ['W3 only zeros stay zeros', [0, 0], [0, 0]],
  ['a lone weight', [7], [1]],
] as const

t.test('W2 §3.1 start weights are divided by their greatest common divisor', async t => {
  for (const [title, configured, expected] of starts) {
    t.same(startWeights(configured), expected, title)
  }
})

/** Servers A, B, C … with these weights; the first pick is the member at `first`. */
const lab = (weights: readonly number[], first = 0, over: Partial<ServerCluster> = {}): Lab => {
  const servers = weights.map((loadBalanceWeight, i) =>
    server(String.fromCharCode(65 + i), { loadBalanceWeight }),
  )
  const made = new Lab(cluster(servers, over))
  made.chance.push((first + 0.5) / weights.length)
  return made
}

/** Picks with the weights after each, as in the table: `A 221`; `!` where a reset came first. */
const walk = (router: Lab, picks: number): string =>
  Array.from({ length: picks }, () => {
    router.trace.length = 0
    const { servers } = router.run({}, answered())
    const reset = router.trace.some(record => record.kind === 'weights' && record.reset > 0)
    return `${reset ? '!' : ''}${servers.join()} ${router.weights().join('')}`
  }).join(' · ')

t.test('§3.5 A3 B2 C1 from A', async t => {
  t.equal(
    walk(lab([3, 2, 1]), 13),
    [
      'A 221 · B 211 · C 210 · A 110 · B 100 · A 000',
      '!B 311 · C 310 · A 210 · B 200 · A 100 · A 000',
      '!B 311',
    ].join(' · '),
  )
})

t.test('§3.5 A3 B2 C1 from B', async t => {
  t.equal(walk(lab([3, 2, 1], 1), 7), 'B 311 · C 310 · A 210 · B 200 · A 100 · A 000 · !B 311')
})

t.test('§3.5 A5 B1 C1 from A', async t => {
  t.equal(walk(lab([5, 1, 1]), 8), 'A 411 · B 401 · C 400 · A 300 · A 200 · A 100 · A 000 · !B 501')
})

t.test('§3.5 A100 B90 C80 from A: 27 picks, then a reset', async t => {
  const router = lab([100, 90, 80])
  t.equal(router.serve(27), `${'ABC'.repeat(8)}ABA`)
  t.same(router.weights(), [0, 0, 0])
  t.equal(walk(router, 1), '!B 1088')
})

t.test('§3.5 A20 B20 C19 from A: the reset comes before pick 60', async t => {
  const router = lab([20, 20, 19])
  t.equal(walk(router, 4), 'A 192019 · B 191919 · C 191918 · A 181918')
  t.notMatch(walk(router, 55), /!/)
  t.same(router.weights(), [0, 0, 0])
  t.match(walk(router, 1), /^!/)
})

t.test('§3.5 A2 B2 from B', async t => {
  t.equal(walk(lab([2, 2], 1), 5), 'B 10 · A 00 · !B 10 · A 00 · !B 10')
})

t.test('§3.5 W13 A2 B0 C4 from A: weight 0 is never chosen and divides nothing', async t => {
  t.equal(walk(lab([2, 0, 4]), 7), 'A 002 · C 001 · C 000 · !A 002 · C 001 · C 000 · !A 002')
})

t.test('§3.5 W18 negative weights with IgnoreAffinityRequests=false', async t => {
  const router = lab([2, 3], 0, { ignoreAffinityRequests: false })
  t.equal(router.serve(5, session('A')), 'AAAAA')
  t.same(router.weights(), [-3, 3], 'W18 no floor')
  t.equal(router.serve(3), 'BBB')
  t.same(router.weights(), [-3, 0])
  router.trace.length = 0
  t.equal(walk(router, 1), '!A 06', 'W12 one k for the whole cluster')
  t.match(
    router.trace.find(({ kind }) => kind === 'weights'),
    { reset: 2 },
  )
  t.equal(router.serve(6), 'BBBBBB')
  t.same(router.weights(), [0, 0])
  t.equal(walk(router, 1), '!A 13')
})

t.test('§3.5 W14 a member that is down neither blocks resets nor piles up weight', async t => {
  const router = lab([2, 2, 3])
  t.equal(walk(router, 1), 'A 123')
  // Marked down by a session, so that no weight is touched.
  const exchange = router.open(session('B'))
  exchange.report({ kind: 'failed', cause: 'refused', bodySent: false })
  exchange.report({ kind: 'client-aborted' })
  const disturbed = router.weights()
  t.same(disturbed, [1, 2, 2], 'the failed-over request took one from C')
  t.equal(router.serve(3), 'ACC')
  t.same(router.weights(), [0, 2, 0])
  t.equal(walk(router, 1), '!A 123')
  t.equal(router.serve(3), 'CAC')
  t.same(router.weights(), [0, 2, 1])
  router.clock.advance(60_000)
  t.equal(router.serve(3), 'BCB')
  t.same(router.weights(), [0, 0, 0])
  t.equal(walk(router, 1), '!C 222')
})

t.test('W4 W5 weights start at the start; a new router starts anew', async t => {
  const router = lab([3, 2, 1])
  t.same(router.weights(), [3, 2, 1])
  router.serve(4)
  t.same(lab([3, 2, 1]).weights(), [3, 2, 1])
})

t.test('W6 the first member is drawn once, then the list is followed', async t => {
  const router = lab([2, 2, 2], 2)
  t.equal(router.router.snapshot().clusters[0]!.cursor, null)
  t.equal(router.serve(4), 'CABC')
  t.equal(router.chance.length, 0)
})

t.test('W7 a pick costs 1 at once, whether it succeeds or not', async t => {
  const router = lab([3, 2, 1])
  router.open()
  t.same(router.weights(), [2, 2, 1])
})

t.test('W10 sessions move neither cursor nor weights', async t => {
  const router = lab([3, 2, 1])
  t.equal(router.serve(1), 'A')
  router.serve(4, session('C'))
  t.same(router.weights(), [2, 2, 1], 'W17')
  t.equal(router.serve(1), 'B')
})

t.test('W11 servers that were tried are skipped while another one is eligible', async t => {
  const router = new Lab(
    cluster(
      ['A', 'B'].map(name => server(name)),
      { retryIntervalMs: 0 },
    ),
  )
  const { servers } = router.run({}, failed('read-timeout'), answered())
  t.same(servers, ['A', 'B'])
})

t.test('W16 only zeros: nothing for new work', async t => {
  const { end } = lab([0, 0]).run()
  t.match(end, { kind: 'fail', status: 500, reason: 'no-server' })
})

t.test('X1 X2 X5 random draws among all, weights aside; sessions first', async t => {
  const router = lab([0, 5, 1], 0, { loadBalance: 'random' })
  router.chance.splice(0, 1, 0.1, 0.99, 0.99, 0.5)
  t.equal(router.serve(4), 'ACCB')
  t.same(router.weights(), [0, 5, 1])
  t.equal(router.serve(2, session('B')), 'BB')
  t.equal(router.router.snapshot().clusters[0]!.cursor, null)
})

t.test('X4 a drawn member that cannot is followed by the next in the list', async t => {
  const router = lab([2, 2, 2], 0, { loadBalance: 'random' })
  router.takeDown('C')
  router.chance.splice(0, 9, 0.99, 0.99)
  t.equal(router.serve(2), 'AA')
})
