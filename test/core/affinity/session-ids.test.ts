import t from 'tap'
import { anonymous, cluster, only, server } from '../../support/configs.ts'
import { lab, serverOf } from '../../support/lab.ts'

const pair = (over = {}) => only(cluster([server('A'), server('B')], over))

/** Which server a cookie line leads to, or `-` when the request was balanced. */
const by = (cookie: string | readonly string[], over = {}, options = {}): string => {
  const { step } = lab(pair(over), options).request({ cookie })
  return step.kind === 'attempt' && step.why === 'affinity' ? step.server : '-'
}

const cookies: readonly (readonly [string, string | readonly string[], string])[] = [
  ['V1 V2 the ids after the first separator', 'JSESSIONID=0001abcdefghijklmnopqrstuvw:b', 'B'],
  ['V1 no length is relied on', 'JSESSIONID=x:b', 'B'],
  ['V2 a malformed head does not matter', 'JSESSIONID=:b', 'B'],
  ['V2 empty elements are dropped', 'JSESSIONID=x::b:', 'B'],
  ['V3 the other separator means nothing', 'JSESSIONID=x+b', '-'],
  ['V4 the first of several ids decides', 'JSESSIONID=x:b:a', 'B'],
  ['V5 the cache id means nothing', 'JSESSIONID=9999abcdefghijklmnopqrstuvw:b', 'B'],
  ['A2 the position among others is irrelevant', 'a=1; JSESSIONID=x:b; c=2', 'B'],
  ['A3 malformed neighbours are stepped over', ';;=; foo; "; JSESSIONID=x:b; =', 'B'],
  ['A4 Q19 the name is case-sensitive', 'jsessionid=x:b', '-'],
  ['a name that only ends like it is another cookie', 'XJSESSIONID=x:b', '-'],
  ['a name that only begins like it is another cookie', 'JSESSIONIDX=x:b', '-'],
  ['the name inside a value is no cookie', 'a=JSESSIONID=x:b', '-'],
  ['A5 Q6 the first cookie with a known clone wins', 'JSESSIONID=x:zz; JSESSIONID=x:b', 'B'],
  ['A5 else the first is the value', 'JSESSIONID=x:zz; JSESSIONID=x:yy', '-'],
  ['A5 Cookie lines count in their order', ['JSESSIONID=x:a', 'JSESSIONID=x:b'], 'A'],
  ['A5 the first Cookie line with a known clone wins', ['JSESSIONID=x:zz', 'JSESSIONID=x:b'], 'B'],
  ['A5 a Cookie line without the cookie is passed over', ['q=1', 'JSESSIONID=x:b'], 'B'],
  ['A6 one pair of quotes is stripped', 'JSESSIONID="x:b"', 'B'],
  ['A6 only one pair', 'JSESSIONID=""x:b""', '-'],
  ['A6 nothing is percent-decoded', 'JSESSIONID=x%3Ab', '-'],
  ['blanks around name and value are trimmed', ' JSESSIONID \t= x:b \t; q=1', 'B'],
  ['a cookie without = is no cookie', 'JSESSIONID; JSESSIONID=x:b', 'B'],
  ['A1 the SSL session carrier comes first', 'JSESSIONID=x:a; SSLJSESSION=x:b', 'B'],
  ['A1 even when it matches nobody', 'JSESSIONID=x:a; SSLJSESSION=x:zz', '-'],
  ['A1 an empty carrier does not count', 'SSLJSESSION=; JSESSIONID=x:b', 'B'],
  ['A1 empty quotes are empty', 'SSLJSESSION=""; JSESSIONID=x:b', 'B'],
  ['E14 ids beyond the 64th are not looked at', `JSESSIONID=x${':q'.repeat(64)}:b`, '-'],
  ['E14 the 64th id is', `JSESSIONID=x${':q'.repeat(63)}:b`, 'B'],
  ['E14 nothing beyond 8 KiB of a value is looked at', `JSESSIONID=${'x'.repeat(8191)}:b`, '-'],
  ['an id that names a property of objects is just unknown', 'JSESSIONID=x:__proto__:b', 'B'],
]
for (const [title, cookie, wanted] of cookies) {
  t.test(title, async t => {
    t.equal(by(cookie), wanted)
  })
}

t.test('V3 CloneSeparatorChange: + separates, : does not', async t => {
  t.equal(by('JSESSIONID=x+b', { cloneSeparator: '+' }), 'B')
  t.equal(by('JSESSIONID=x:b', { cloneSeparator: '+' }), '-')
})

t.test('V7 one cookie of 64 KiB of separators is read in a single pass', async t => {
  t.equal(by(`JSESSIONID=${':'.repeat(65_536)}`), '-')
  t.equal(by(`${'JSESSIONID=x:zz; '.repeat(4000)}JSESSIONID=x:b`), 'B')
})

const urls: readonly (readonly [string, string, string])[] = [
  ['A7 the path parameter', '/snoop;jsessionid=x:b', 'B'],
  ['A7 it ends at a query', '/snoop;jsessionid=x:b?q=1', 'B'],
  ['A7 it ends at the next parameter', '/snoop;jsessionid=x:b;v=1', 'B'],
  ['A7 it ends at the next segment', '/snoop;jsessionid=x:b/more', 'B'],
  ['A7 the query is never searched', '/snoop?;jsessionid=x:b', '-'],
  ['A7 the identifier is case-sensitive', '/snoop;JSESSIONID=x:b', '-'],
  ['A7 an empty value counts as absent', '/a;jsessionid=/b;jsessionid=x:b', 'B'],
  ['A7 an absolute-form target', 'http://edge.example/snoop;jsessionid=x:b', 'B'],
]
for (const [title, target, wanted] of urls) {
  t.test(title, async t => {
    const { step } = lab(pair()).request({ target })
    t.equal(step.kind === 'attempt' && step.why === 'affinity' ? step.server : '-', wanted)
  })
}

t.test('A1 a cookie comes before the URL, whether its clone is known or not', async t => {
  const both = (cookie: string) => lab(pair()).request({ cookie, target: '/x;jsessionid=y:b' }).step
  t.equal(serverOf(both('JSESSIONID=x:a')), 'A')
  t.match(both('JSESSIONID=x:zz'), { why: 'round-robin' })
  t.equal(serverOf(both('JSESSIONID=')), 'B')
})

t.test('M7 the cookie and the parameter of the winning Uri are used', async t => {
  const l = lab({
    ...pair(),
    uriGroups: [
      {
        name: 'U',
        uris: [
          { name: '/a/*', affinityCookie: 'ACOOKIE', affinityUrlIdentifier: 'aid' },
          { name: '/a/b/*', affinityCookie: 'BCOOKIE', affinityUrlIdentifier: 'bid' },
        ],
      },
    ],
    routes: [{ serverCluster: 'Cluster', uriGroup: 'U' }],
  })
  const cookie = 'ACOOKIE=x:a; BCOOKIE=x:b'
  t.equal(serverOf(l.request({ target: '/a/x', cookie }).step), 'A')
  t.equal(serverOf(l.request({ target: '/a/b/x', cookie }).step), 'B')
  t.equal(serverOf(l.request({ target: '/a/b', cookie }).step), 'B', 'M8 for both forms')
  t.equal(serverOf(l.request({ target: '/a/b/x;bid=x:b' }).step), 'B')
})

t.test('the record of the ids shows where they came from', async t => {
  const l = lab(pair())
  l.request({ cookie: 'JSESSIONID=0001x:b:a' })
  l.request({ target: '/;jsessionid=0001x:b' })
  l.request()
  t.match(l.of('ids'), [
    { source: 'cookie', name: 'JSESSIONID', value: '0001x:b:a', cloneIds: ['b', 'a'] },
    { source: 'url', name: 'jsessionid', cloneIds: ['b'] },
    { source: 'none', cloneIds: [] },
  ])
})

const dialects: readonly (readonly [string, Parameters<typeof by>[2], string, string])[] = [
  ['jvmroute takes all after the first dot', { Cluster: 'jvmroute' }, 'JSESSIONID=KEY.b', 'B'],
  ['jvmroute does not split further', { Cluster: 'jvmroute' }, 'JSESSIONID=KEY.x.b', '-'],
  ['jvmroute-last takes the last part', { Cluster: 'jvmroute-last' }, 'JSESSIONID=K.x.b', 'B'],
  ['jvmroute-ranked is a list', { Cluster: 'jvmroute-ranked' }, 'JSESSIONID=K.x.b', 'B'],
  ['bang separates by !', { Cluster: 'bang' }, 'JSESSIONID=K!x!b', 'B'],
  ['a value without a token is balanced', { Cluster: 'jvmroute' }, 'JSESSIONID=KEY.', '-'],
  ['a cluster not named stays with websphere', { Other: 'bang' }, 'JSESSIONID=K:b', 'B'],
]
for (const [title, affinityDialect, cookie, wanted] of dialects) {
  t.test(`dialect: ${title}`, async t => {
    t.equal(by(cookie, {}, { affinityDialect }), wanted)
  })
}

t.test('A5 a cookie is known by any one of its ids', async t => {
  t.equal(by('JSESSIONID=x:a1; JSESSIONID=x:zz:b'), 'B')
})

t.test('A5 when no Cookie line names a clone the first one is the value', async t => {
  const l = lab(pair())
  const cookie = ['q=1', 'JSESSIONID=x:zz', 'JSESSIONID=x:yy']
  t.match(l.request({ cookie, target: '/x;jsessionid=y:b' }).step, { why: 'round-robin' })
  t.match(l.of('ids'), [{ source: 'cookie', value: 'x:zz', cloneIds: ['zz'] }])
})

t.test('A5 H1 a partition id of the table makes a cookie known, another one does not', async t => {
  const partitionTables = { Cluster: { '4711': ['b'] } }
  t.equal(by('JSESSIONID=x:zz; JSESSIONID=x:4711', {}, { partitionTables }), 'B')
  t.equal(by('JSESSIONID=x:zz; JSESSIONID=x:a', {}, { partitionTables }), 'A')
})

t.test('A8 without a clone ID and without a table no carrier is read', async t => {
  const l = lab(only(cluster([anonymous('A'), anonymous('B')])))
  l.session('4711')
  t.same(l.of('ids')[0]?.cloneIds, [])
  t.equal(l.of('ids')[0]?.source, 'none')
})

t.test('M7 an empty name in a model made by hand means the default', async t => {
  const l = lab({
    ...pair(),
    uriGroups: [
      { name: 'U', uris: [{ name: '/*', affinityCookie: '', affinityUrlIdentifier: '' }] },
    ],
    routes: [{ serverCluster: 'Cluster', uriGroup: 'U' }],
  })
  t.equal(serverOf(l.request({ cookie: 'JSESSIONID=x:b' }).step), 'B')
  t.equal(serverOf(l.request({ target: '/x;jsessionid=x:b' }).step), 'B')
})
