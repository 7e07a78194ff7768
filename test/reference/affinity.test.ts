import t from 'tap'
import type { AffinityDialect, RouterOptions } from '../../src/core/options.ts'
import type { RequestHead } from '../../src/core/request.ts'
import type { TraceRecord } from '../../src/core/trace.ts'
import { cookieValues, pathParameter } from '../support/reference/affinity.ts'
import { answered, cluster, failed, Lab, server, session } from '../support/reference/lab.ts'

const two = cluster(['a', 'b'])

/** Ids, source and value that a request shows. */
const ids = (
  head: Partial<RequestHead>,
  what = two,
  options: RouterOptions = {},
): Partial<Extract<TraceRecord, { kind: 'ids' }>> => {
  const lab = new Lab(what, options)
  lab.open(head)
  const record = lab.trace.find(({ kind }) => kind === 'ids')
  const { source, cloneIds, name, value } = record as Extract<TraceRecord, { kind: 'ids' }>
  return {
    source,
    cloneIds,
    ...(name !== undefined && { name }),
    ...(value !== undefined && { value }),
  }
}

t.test('§2.1 SSLJSESSION before the cookie before the URL, whatever the scheme', async t => {
  const all = {
    cookie: 'JSESSIONID=K:c-b; SSLJSESSION=K:c-a',
    target: '/snoop;jsessionid=K:c-x',
  }
  t.match(ids(all), { source: 'ssl-session', name: 'SSLJSESSION', cloneIds: ['c-a'] })
  t.match(ids({ ...all, cookie: 'JSESSIONID=K:c-b' }), { source: 'cookie', cloneIds: ['c-b'] })
  t.match(ids({ target: all.target }), { source: 'url', name: 'jsessionid', cloneIds: ['c-x'] })
  t.match(ids({}), { source: 'none', cloneIds: [] })
})

t.test('A1 the first source with a value is the only one, even when it names nobody', async t => {
  const head = { cookie: 'JSESSIONID=K:nobody', target: '/snoop;jsessionid=K:c-a' }
  t.match(ids(head), { source: 'cookie', cloneIds: ['nobody'] })
  t.match(ids({ ...head, cookie: 'JSESSIONID=' }), { source: 'url' }, 'an empty one is none')
  t.match(ids({ ...head, cookie: 'JSESSIONID=""' }), { source: 'url' })
})

t.test(
  'A2 A3 A4 A6 cookies: any position, bad neighbours, exact names, one pair of quotes',
  async t => {
    const values = (cookie: RequestHead['cookie']) => cookieValues(cookie, 'JSESSIONID')
    t.same(values('a=b; JSESSIONID=K:c1; c=d'), ['K:c1'])
    t.same(values('junk; =x; ;; JSESSIONID=K:c1'), ['K:c1'])
    t.same(values('jsessionid=K:c1; XJSESSIONID=K:c1; JSESSIONIDX=K:c1'), [])
    t.same(values('JSESSIONID="K:c1"; \tJSESSIONID=""x""\t'), ['K:c1', '"x"'])
    t.same(values('JSESSIONID="; JSESSIONID=a=b; JSESSIONID=%22'), ['"', 'a=b', '%22'])
    t.same(values(['JSESSIONID=1; x=y', 'JSESSIONID=2']), ['1', '2'], 'lines in order')
    t.same(values(undefined), [])
  },
)

t.test('A5 of several cookies the first that names a known clone, else the first', async t => {
  const cookie = 'JSESSIONID=K:old; JSESSIONID=K:c-b; JSESSIONID=K:c-a'
  t.match(ids({ cookie }), { value: 'K:c-b' })
  t.match(ids({ cookie: 'JSESSIONID=K:x; JSESSIONID=K:y' }), { value: 'K:x' })
  const unlisted = cluster(['a', 'b', 'c'], { primaryServers: ['a', 'b'] })
  t.match(ids({ cookie: 'JSESSIONID=K:x; JSESSIONID=K:c-c' }, unlisted), { value: 'K:c-c' })
  const partition = { partitionTables: { PluginCluster: { p7: ['c-a'] } } }
  t.match(ids({ cookie: 'JSESSIONID=K:x; JSESSIONID=K:p7' }, two, partition), { value: 'K:p7' })
})

t.test('A7 the URL form ends at ; / ? # and is looked for in the path only', async t => {
  t.equal(pathParameter('/a;jsessionid=K:c1;x=y', 'jsessionid'), 'K:c1')
  t.equal(pathParameter('/a;jsessionid=K:c1/b', 'jsessionid'), 'K:c1')
  t.equal(pathParameter('/a;x=y;jsessionid=K:c1', 'jsessionid'), 'K:c1')
  t.equal(pathParameter('/a;jsessionid=;jsessionid=K:c1', 'jsessionid'), 'K:c1')
  t.equal(pathParameter('/a;JSESSIONID=K:c1', 'jsessionid'), undefined)
  t.match(ids({ target: '/snoop?;jsessionid=K:c-a' }), { source: 'none' })
})

t.test('A8 no clone ids in the cluster: no affinity', async t => {
  const { cloneId: _, ...nameless } = server('a')
  const what = cluster([nameless, { ...nameless, name: 'b' }])
  t.match(ids(session('a'), what), { source: 'none', cloneIds: [] })
})

t.test('V1 V2 V5 V6 parts after the first separator, whatever their length', async t => {
  t.same(ids({ cookie: 'JSESSIONID=0001x:c-a::-1:verylongcloneid:' }).cloneIds, [
    'c-a',
    '-1',
    'verylongcloneid',
  ])
  t.same(ids({ cookie: 'JSESSIONID=:c-a' }).cloneIds, ['c-a'], 'a malformed head changes nothing')
  t.same(ids({ cookie: 'JSESSIONID=0000A2MB4IJozU_VM8IffsMNfdR' }).cloneIds, [])
})

t.test('V3 only the separator of the cluster separates', async t => {
  t.same(ids({ cookie: 'JSESSIONID=K+c-a' }).cloneIds, [])
  const plus = cluster(['a', 'b'], { cloneSeparator: '+' })
  t.same(ids({ cookie: 'JSESSIONID=K+c-a:x+c-b' }, plus).cloneIds, ['c-a:x', 'c-b'])
})

t.test('E14 8192 characters and 64 ids are looked at', async t => {
  t.same(ids({ cookie: `JSESSIONID=${'K'.repeat(8192)}:c-a` }).cloneIds, [])
  t.same(ids({ cookie: `JSESSIONID=${'K'.repeat(8188)}:c-a` }).cloneIds, ['c-a'])
  t.equal(ids({ cookie: `JSESSIONID=K${':x'.repeat(70)}` }).cloneIds?.length, 64)
  const hidden = new Lab(two).open({ cookie: `JSESSIONID=K${':x'.repeat(64)}:c-b` })
  t.match(hidden.step, { server: 'a', why: 'round-robin' })
})

const dialects = [
  ['websphere', 'K:c-a:c-b', ['c-a', 'c-b']],
  ['jvmroute', 'K.c-a.c-b', ['c-a.c-b']],
  ['jvmroute', 'K', []],
  ['jvmroute', 'K.', []],
  ['jvmroute-last', 'K.c-a.c-b', ['c-b']],
  ['jvmroute-ranked', 'K.c-a..c-b', ['c-a', 'c-b']],
  ['bang', 'K!c-a!c-b', ['c-a', 'c-b']],
] as const

t.test('sessions.md §4.4 dialects', async t => {
  for (const [dialect, value, expected] of dialects) {
    const affinityDialect: Record<string, AffinityDialect> = { PluginCluster: dialect }
    const found = ids({ cookie: `JSESSIONID=${value}` }, two, { affinityDialect })
    t.same(found.cloneIds, expected, `${dialect} ${value}`)
  }
})

t.test('C1 each id is compared with all servers, from the first primary', async t => {
  const lab = new Lab(
    cluster(['a', 'b', 'x'], { primaryServers: ['a', 'b'], backupServers: ['x'] }),
  )
  lab.open({ cookie: 'JSESSIONID=K:nobody:c-b' })
  t.same(lab.told('compare', 'check', 'select'), [
    'compare a',
    'compare b',
    'compare x',
    'compare a',
    'compare b',
    'check b',
    'select b affinity',
  ])
})

t.test('C2 a server that is down ends neither the scan nor the list of ids', async t => {
  const lab = new Lab(two)
  lab.takeDown('a')
  lab.clock.advance(2000)
  lab.trace.length = 0
  lab.open(session('a', 'b'))
  t.match(
    lab.trace.filter(({ kind }) => ['compare', 'check', 'skip', 'select'].includes(kind)),
    [
      { kind: 'compare', id: 'c-a', server: 'a', match: true },
      { kind: 'check', server: 'a', ignoreWeights: true, markedDown: true, wlbAllows: false },
      { kind: 'skip', server: 'a', reason: 'marked-down', retryInSec: 58 },
      { kind: 'compare', id: 'c-a', server: 'b', match: false },
      { kind: 'compare', id: 'c-b', server: 'a', match: false },
      { kind: 'compare', id: 'c-b', server: 'b', match: true },
      { kind: 'check', server: 'b', wlbAllows: false, eligible: true },
      { kind: 'select', server: 'b', why: 'affinity' },
    ],
  )
})

t.test('C3 C7 W8 weight 0 serves sessions and takes no new work', async t => {
  const lab = new Lab(cluster(['a', server('b', { loadBalanceWeight: 0 })]))
  t.equal(lab.serve(3, session('b')), 'bbb')
  t.equal(lab.serve(3), 'aaa')
})

t.test('C4 MaxConnections applies to sessions: busy, other ids, then balanced', async t => {
  const busy = server('a', { maxConnections: 1 })
  const lab = new Lab(cluster([busy, 'b', 'c']))
  lab.open(session('a'))
  t.match(lab.open(session('a', 'c')).step, { server: 'c', why: 'affinity' })
  t.match(lab.open(session('a')).step, { why: 'round-robin' })
  t.equal(lab.state('a').health, 'up', 'Q17 busy is not down')
})

t.test('C5 C6 H4 unknown ids are no session', async t => {
  t.match(new Lab(two).open({ cookie: 'JSESSIONID=K:C-A' }).step, { why: 'round-robin' })
  t.match(new Lab(two).open({ cookie: 'JSESSIONID=K:p9' }).step, { why: 'round-robin' })
})

t.test('C8 K10 a server in neither list is not reachable', async t => {
  const lab = new Lab(cluster(['a', 'b', 'c'], { primaryServers: ['a', 'b'] }))
  t.match(lab.open(session('c')).step, { why: 'round-robin' })
  t.equal(lab.state('c').list, 'none')
})

t.test('§2.4 ordered: the next primary after the session, wrapping, weights ignored', async t => {
  const what = cluster(['a', server('b', { loadBalanceWeight: 0 }), 'c'])
  const ordered: RouterOptions = { affinityFailover: 'ordered' }
  t.match(new Lab(what, ordered).run(session('a'), failed('refused')).end, {
    server: 'b',
    why: 'next-in-list',
  })
  t.match(new Lab(what, ordered).run(session('c'), failed('refused')).end, { server: 'a' })
  t.match(new Lab(what).run(session('a'), failed('refused')).end, { why: 'round-robin' })
  const lab = new Lab(what, ordered)
  t.match(lab.run({ cookie: 'JSESSIONID=K:nobody' }).end, { why: 'round-robin' })
  lab.run(session('a'), failed('refused'), failed('refused'), answered())
  t.match(lab.run(session('a')).end, { server: 'c', why: 'next-in-list' }, 'PM12112 on arrival too')
  t.equal(lab.router.snapshot().clusters[0]!.cursor, 0, 'the cursor stays')
})

t.test('E20 FailoverToNext is the same switch in the file', async t => {
  const what = cluster(['a', 'b'])
  const base = new Lab(what).router.config
  const next = { ...base, settings: { ...base.settings, failoverToNext: true } }
  t.match(new Lab(next).run(session('a'), failed('refused')).end, { why: 'next-in-list' })
  t.match(
    new Lab(next, { affinityFailover: 'balanced' }).run(session('a'), failed('refused')).end,
    { why: 'round-robin' },
  )
})

t.test('§2.4 the session does not move: its server gets it back', async t => {
  const lab = new Lab(two)
  lab.takeDown('a')
  t.equal(lab.serve(1, session('a', 'b')), 'b')
  lab.clock.advance(60_000)
  t.equal(lab.serve(2, session('a', 'b')), 'aa')
})

t.test('H3 H5 K9 partition ids name clones by the table, over all servers', async t => {
  const what = cluster(['a', 'b', 'c'], { primaryServers: ['a', 'b'] })
  const lab = new Lab(what, { partitionTables: { PluginCluster: { p1: ['gone', 'c-c', 'c-a'] } } })
  const head = { cookie: 'JSESSIONID=K:p1' }
  t.match(lab.open(head).step, { server: 'c', why: 'affinity' })
  t.match(
    lab.trace.find(({ kind }) => kind === 'ids'),
    { cloneIds: ['p1'], partitions: { p1: ['gone', 'c-c', 'c-a'] } },
  )
  lab.router.setPartitionTable('PluginCluster', { p1: ['c-b'] })
  lab.router.setPartitionTable('Nowhere', { p1: ['c-a'] })
  t.match(lab.open(head).step, { server: 'b', why: 'affinity' })
  t.same(lab.router.snapshot().clusters[0]!.partitionTable, { p1: ['c-b'] })
})

t.test('N1 N2 N3 N4 the only server: no weights, no mark-down, and busy is 503', async t => {
  const only = server('a', { loadBalanceWeight: 0, maxConnections: 1 })
  const lab = new Lab(cluster([only]))
  const { servers, end } = lab.run({}, failed('refused'), failed('refused'))
  t.same(servers, ['a', 'a'], 'T2 Q11 two attempts')
  t.match(end, { kind: 'fail', status: 500, reason: 'attempts-failed' })
  t.match(lab.state('a'), { health: 'up', lastFailureAt: null, failed: 2 })
  t.match(lab.open().step, { why: 'only-server' })
  t.match(lab.open().step, { kind: 'fail', status: 503, reason: 'all-busy' })
  t.match(lab.state('a').weight, { start: 0, current: 0 })
  t.equal(new Lab(cluster(['a'])).state('a').weight.start, 2, 'Q12 not normalised')
})

t.test('N4 one usable server over both lists is single, wherever it stands', async t => {
  const skipped = server('a', { transports: [] })
  const lab = new Lab(cluster([skipped, 'b'], { primaryServers: ['a'], backupServers: ['b'] }))
  t.match(lab.open().step, { server: 'b', why: 'only-server' })
})
