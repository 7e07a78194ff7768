import t from 'tap'
import { createRouter } from '../../../src/core/router.ts'
import { cluster, only, server } from '../../support/configs.ts'
import { answered, failed, lab, serverOf } from '../../support/lab.ts'

const of = (names: readonly string[], over = {}) =>
  only(
    cluster(
      names.map(name => server(name)),
      over,
    ),
  )

t.test('F17 H5 the owner of a partition is passed over when no transport can reach it', async t => {
  const servers = [server('A'), server('B', { transports: [] }), server('C')]
  const l = lab(only(cluster(servers)), { partitionTables: { Cluster: { '4711': ['b', 'c'] } } })
  t.match(l.session('4711').step, { server: 'C', why: 'affinity' })
  t.same(
    l.of('compare').map(({ id, server }) => `${id} ${server}`),
    ['b A', 'b C', 'c A', 'c C'],
    'B is not even compared',
  )
})

t.test('F11 the session is not offered a server that has answered it 503', async t => {
  const twins = only(
    cluster([server('A', { cloneId: 'x' }), server('B', { cloneId: 'x' }), server('C')]),
  )
  const l = lab(twins)
  const exchange = l.session('x')
  t.match(exchange.report(answered(503)), { server: 'B', why: 'affinity' })
  t.match(l.of('skip'), [{ server: 'A', reason: 'answered-503', retryInSec: null }])
})

t.test('R8 nor one that it has marked down where RetryInterval is 0', async t => {
  const l = lab(of(['A', 'B'], { retryIntervalMs: 0 }))
  const exchange = l.session('a')
  t.match(exchange.report(failed('refused')), { server: 'B', why: 'round-robin' })
  t.match(l.of('skip')[0], { server: 'A', reason: 'tried', retryInSec: 0 })
})

t.test('Q7 with backupAffinity false a session finds its primary all the same', async t => {
  const lists = { primaryServers: ['A', 'B'], backupServers: ['X'] }
  const l = lab(of(['A', 'B', 'X'], lists), { backupAffinity: false })
  t.match(l.session('b').step, { server: 'B', why: 'affinity' })
  l.session('x')
  t.same(
    l.of('compare').map(({ id, server }) => `${id} ${server}`),
    ['b A', 'b B', 'x A', 'x B'],
    'backups are not compared while a primary is well',
  )
})

t.test('C1 who follows no trace gets the same server', async t => {
  const twins = only(
    cluster(
      [
        server('A', { cloneId: 'x' }),
        server('N', { cloneId: 'y' }),
        server('B', { cloneId: 'x' }),
        server('X', { cloneId: 'y' }),
      ],
      { primaryServers: ['A', 'B'], backupServers: ['X'] },
    ),
  )
  const router = createRouter(twins)
  const session = (ids: string) =>
    router.route({ method: 'GET', target: '/', scheme: 'http', cookie: `JSESSIONID=0001:${ids}` })
  const first = session('x')
  t.match(first.step, { server: 'A', why: 'affinity' })
  t.equal(serverOf(first.report(failed('refused'))), 'B')
  t.match(session('x').step, { server: 'B', why: 'affinity' })
  t.match(session('y').step, { server: 'X', why: 'affinity' }, 'N is in neither list')
  t.match(session('zz').step, { server: 'B', why: 'round-robin' })
})
