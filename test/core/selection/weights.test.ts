import t from 'tap'
import { normalise } from '../../../src/core/selection/weights.ts'
import { cluster, only, server } from '../../support/configs.ts'
import { failed, type Lab, lab, ok, serverOf } from '../../support/lab.ts'

const normalised: readonly (readonly [string, readonly number[], readonly number[]])[] = [
  ['W2 100, 90, 80 become 10, 9, 8', [100, 90, 80], [10, 9, 8]],
  ['W2 equal weights become 1', [20, 20, 20], [1, 1, 1]],
  ['W2 one member off by one keeps the divisor at 1', [20, 20, 19], [20, 20, 19]],
  ['W2 the default weights become 1', [2, 2], [1, 1]],
  ['W3 zeros do not take part in the divisor', [2, 0, 4], [1, 0, 2]],
  ['W3 a cluster of zeros keeps them', [0, 0], [0, 0]],
]
for (const [title, given, wanted] of normalised) {
  t.test(title, async t => {
    t.same(normalise(given), wanted)
  })
}

t.test('W1 a member without LoadBalanceWeight weighs as much as the default 2 says', async t => {
  const l = lab(
    only(cluster([server('A', { loadBalanceWeight: 2 }), server('B', { loadBalanceWeight: 4 })])),
  )
  t.same([l.server('A').weight.start, l.server('B').weight.start], [1, 2])
})

const weighted = (weights: Record<string, number>, over = {}, first = 0): Lab =>
  lab(
    only(
      cluster(
        Object.entries(weights).map(([name, loadBalanceWeight]) =>
          server(name, { loadBalanceWeight }),
        ),
        over,
      ),
    ),
    {},
    first,
  )

/** Serves requests and writes down pick and weights of each. */
const walk = (l: Lab, n: number): [string, string] => {
  const picks: string[] = []
  const weights: string[] = []
  for (let i = 0; i < n; i++) {
    picks.push(l.serve())
    weights.push(l.weights().replaceAll('/', ''))
  }
  return [picks.join(''), weights.join(' ')]
}

const resets = (l: Lab): number[] =>
  l.of('weights').flatMap(record => (record.reset > 0 ? [record.exchange] : []))

t.test('3.5 row 1: A3 B2 C1, first pick A', async t => {
  const l = weighted({ A: 3, B: 2, C: 1 })
  const [picks, weights] = walk(l, 13)
  t.equal(picks, 'ABCABABCABAAB')
  t.equal(weights, '221 211 210 110 100 000 311 310 210 200 100 000 311')
  t.same(resets(l), [7, 13])
})

t.test('3.5 row 2: A3 B2 C1, first pick B', async t => {
  const l = weighted({ A: 3, B: 2, C: 1 }, {}, 1)
  const [picks, weights] = walk(l, 7)
  t.equal(picks, 'BCABAAB')
  t.equal(weights, '311 310 210 200 100 000 311')
  t.same(resets(l), [7])
})

t.test('3.5 row 3: A5 B1 C1', async t => {
  const l = weighted({ A: 5, B: 1, C: 1 })
  const [picks, weights] = walk(l, 8)
  t.equal(picks, 'ABCAAAAB')
  t.equal(weights, '411 401 400 300 200 100 000 501')
  t.same(resets(l), [8])
})

t.test('3.5 row 4: A10 B9 C8 from 100, 90, 80', async t => {
  const l = weighted({ A: 100, B: 90, C: 80 })
  t.equal(l.run(27), `${'ABC'.repeat(8)}ABA`)
  t.equal(l.weights(), '0/0/0')
  t.equal(l.run(1), 'B')
  t.same(resets(l), [28])
})

t.test('3.5 row 5: A20 B20 C19', async t => {
  const l = weighted({ A: 20, B: 20, C: 19 })
  const seen: string[] = []
  for (let i = 0; i < 4; i++) {
    l.serve()
    seen.push(l.weights())
  }
  t.same(seen, ['19/20/19', '19/19/19', '19/19/18', '18/19/18'])
  l.run(56)
  t.same(resets(l), [60])
})

t.test('3.5 row 6: A1 B1 from 2/2, first pick B', async t => {
  const l = weighted({ A: 2, B: 2 }, {}, 1)
  const [picks, weights] = walk(l, 5)
  t.equal(picks, 'BABAB')
  t.equal(weights, '10 00 10 00 10')
  t.same(resets(l), [3, 5])
})

t.test('3.5 row 7: A1 B0 C2 from 2/0/4; W13 weight 0 is passed over for ever', async t => {
  const l = weighted({ A: 2, B: 0, C: 4 })
  const [picks, weights] = walk(l, 7)
  t.equal(picks, 'ACCACCA')
  t.equal(weights, '002 001 000 002 001 000 002')
  t.same(resets(l), [4, 7])
})

t.test('W10 the cursor survives a reset', async t => {
  const l = weighted({ A: 3, B: 2, C: 1 })
  l.run(6)
  t.equal(l.router.snapshot().clusters[0]?.cursor, 0)
  t.equal(l.serve(), 'B')
})

t.test('W18 W12 negative weights: one k lifts every member above zero', async t => {
  const l = weighted({ A: 2, B: 3 }, { ignoreAffinityRequests: false })
  const affinity = () => {
    const exchange = l.session('a')
    exchange.report(ok)
  }
  for (let i = 0; i < 5; i++) affinity()
  t.equal(l.weights(), '-3/3')
  t.equal(l.run(3), 'BBB')
  t.equal(l.weights(), '-3/0')
  t.equal(l.run(1), 'A')
  t.equal(l.weights(), '0/6')
  t.same(
    l
      .of('weights')
      .filter(record => record.reset > 0)
      .map(record => record.reset),
    [2],
  )
  t.equal(l.run(6), 'BBBBBB')
  t.equal(l.weights(), '0/0')
  t.equal(l.run(1), 'A')
  t.equal(l.weights(), '1/3')
})

t.test('W17 by default affinity requests leave the weights alone', async t => {
  const l = weighted({ A: 2, B: 3 })
  for (let i = 0; i < 5; i++) l.session('a').report(ok)
  t.equal(l.weights(), '2/3')
})

t.test('W14 a down member neither blocks the reset nor piles up weight', async t => {
  const l = weighted({ A: 2, B: 2, C: 3 })
  t.equal(l.run(1), 'A')
  t.equal(l.weights(), '1/2/3')
  const exchange = l.session('b')
  exchange.report(failed('refused'))
  t.equal(serverOf(exchange.step), 'C')
  exchange.report(ok)
  t.equal(l.run(3), 'ACC')
  t.equal(l.weights(), '0/2/0')
  t.equal(l.run(1), 'A')
  t.equal(l.weights(), '1/2/3')
  t.equal(l.run(3), 'CAC')
  t.equal(l.weights(), '0/2/1')
  l.clock.advance(60_000)
  t.equal(l.run(3), 'BCB')
  t.equal(l.weights(), '0/0/0')
  t.equal(l.run(1), 'C')
  t.equal(l.weights(), '2/2/2')
})

t.test('W16 members that all weigh 0 take no new work: 500', async t => {
  const l = weighted({ A: 0, B: 0 })
  t.equal(serverOf(l.request().step), '500 no-server')
})

t.test('C7 a member of weight 0 still serves its sessions', async t => {
  const l = weighted({ A: 0, B: 1 })
  t.equal(serverOf(l.session('a').step), 'A')
})

t.test('W5 another router begins with fresh weights', async t => {
  const l = weighted({ A: 2, B: 3 })
  l.run(4)
  t.equal(weighted({ A: 2, B: 3 }).weights(), '2/3')
})

t.test('W15 a member that is out does not disturb the resets of the others', async t => {
  for (const loadBalanceWeight of [0, 5]) {
    const l = weighted({ A: 2, B: loadBalanceWeight, C: 1 })
    l.session('b').report(failed('refused'))
    l.run(6)
    const picks = l.run(30)
    t.notMatch(picks, 'B')
    t.equal(picks.replaceAll('C', '').length, 20, 'two of three go to A, as the weights say')
  }
})

t.test('W20 with IgnoreAffinityRequests=false new work goes where few sessions are', async t => {
  const l = weighted({ A: 5, B: 6 }, { ignoreAffinityRequests: false })
  for (let i = 0; i < 8; i++) l.session('a').report(ok)
  t.equal(l.run(6), 'BBBBBB')
})

t.test('W21 the first request of a session is new work', async t => {
  const l = weighted({ A: 1, B: 2 }, { ignoreAffinityRequests: false })
  t.match(l.request().step, { server: 'A', why: 'round-robin' })
  t.equal(l.weights(), '0/2')
})

t.test('Q8 without negative weights the reset gives the start values', async t => {
  const l = weighted({ A: 3, B: 2, C: 1 })
  l.run(6)
  t.equal(l.weights(), '0/0/0')
  l.request()
  t.same(l.of('weights').find(record => record.reset > 0)?.weights, [
    { server: 'A', current: 3, start: 3 },
    { server: 'B', current: 2, start: 2 },
    { server: 'C', current: 1, start: 1 },
  ])
})

t.test('X1 W18 by chance, or on a backup, a session lowers no weight', async t => {
  const chance = weighted({ A: 2, B: 3 }, { loadBalance: 'random', ignoreAffinityRequests: false })
  chance.session('a').report(ok)
  t.equal(chance.weights(), '2/3')
  const lists = { primaryServers: ['A', 'B'], backupServers: ['X'] }
  const l = weighted({ A: 2, B: 3, X: 5 }, { ...lists, ignoreAffinityRequests: false })
  t.match(l.session('x').step, { server: 'X', why: 'affinity' })
  t.equal(l.weights(), '2/3/5')
})

t.test('Q12 W18 nor does it lower the weight of a lone server', async t => {
  const l = weighted({ A: 2 }, { ignoreAffinityRequests: false })
  l.session('a').report(ok)
  t.equal(l.weights(), '2')
})
