import t from 'tap'
import { cluster, config, hosts, route, server, uris } from '../../support/configs.ts'
import { lab, serverOf } from '../../support/lab.ts'

t.test('M3 the highest score supplies the cluster, wherever its Route stands', async t => {
  const groups = ['/a/*', '/a/b/c/*', '/a/b/*']
  const what = config({
    uriGroups: groups.map((pattern, i) => uris(`u${i}`, [pattern])),
    clusters: ['A', 'C', 'B'].map(name => cluster([server(name)], { name })),
    routes: ['A', 'C', 'B'].map((name, i) => route(name, undefined, `u${i}`)),
  })
  const where = (target: string) => {
    const l = lab(what)
    const name = serverOf(l.request({ target }).step)
    return `${name} ${l.of('route')[0]?.score}`
  }
  t.equal(where('/a/x'), 'A 3')
  t.equal(where('/a/b/x'), 'B 5')
  t.equal(where('/a/b/c/x'), 'C 7')
})

t.test('M8 every form of a pattern keeps the cookie and URL parameter of its Uri', async t => {
  const uri = { name: '/x/*', affinityCookie: 'XSESSION', affinityUrlIdentifier: 'xid' }
  const what = config({
    uriGroups: [{ name: 'x', uris: [uri] }],
    clusters: [cluster([server('A'), server('B')])],
    routes: [route('Cluster', undefined, 'x')],
  })
  for (const target of ['/x', '/x/', '/x/y']) {
    const l = lab(what)
    t.equal(serverOf(l.request({ target, cookie: 'XSESSION=0001abc:b' }).step), 'B', target)
    t.equal(serverOf(l.request({ target: `${target};xid=0001abc:b` }).step), 'B', target)
    t.match(l.of('ids'), [{ name: 'XSESSION' }, { name: 'xid' }])
  }
})

t.test('format M7 of several host groups that match, one with a matching URI is found', async t => {
  const what = config({
    virtualHostGroups: [
      hosts('one', ['*:80']),
      hosts('two', ['shop.example:*']),
      hosts('three', ['shop.example:80']),
    ],
    uriGroups: [uris('a', ['/a/*']), uris('b', ['/b/*']), uris('c', ['/c/*'])],
    clusters: ['A', 'B', 'C'].map(name => cluster([server(name)], { name })),
    routes: [route('A', 'one', 'a'), route('B', 'two', 'b'), route('C', 'three', 'c')],
  })
  const at = (target: string) => serverOf(lab(what).request({ host: 'shop.example', target }).step)
  t.equal(at('/a/x'), 'A')
  t.equal(at('/b/x'), 'B')
  t.equal(at('/c/x'), 'C')
  t.equal(at('/d/x'), 'decline')
})
