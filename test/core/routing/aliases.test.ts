import t from 'tap'
import { Aliases } from '../../../src/core/routing/aliases.ts'
import { RouteTable } from '../../../src/core/routing/route-table.ts'
import { cluster, config, hosts, route, server, uris } from '../../support/configs.ts'

const aliases: readonly (readonly [string, readonly string[], string, string | undefined])[] = [
  [
    'the most specific one',
    ['*:*', '*:80', 'a.example:*', 'a.example:80'],
    'a.example',
    'a.example:80',
  ],
  [
    'wherever it stands',
    ['a.example:80', 'a.example:*', '*:80', '*:*'],
    'a.example',
    'a.example:80',
  ],
  ['a host without a port before a port', ['*:80', 'a.example:*'], 'a.example', 'a.example:*'],
  ['a port before nothing', ['*:*', '*:80'], 'b.example', '*:80'],
  ['none of another host', ['a.example:80'], 'b.example', undefined],
  ['none of another port', ['a.example:81', '*:81'], 'a.example', undefined],
  ['any host and any port', ['*:*'], 'b.example', '*:*'],
  ['A.4 no partial wildcard', ['*.example:80', '*:80'], '*.example', '*:80'],
]
for (const [title, names, host, wanted] of aliases) {
  t.test(`the alias of the trace: ${title}`, async t => {
    t.equal(new Aliases([hosts('h', names)]).match('h', { host, port: 80 })?.name, wanted)
  })
}

t.test('the alias of the trace: the first among equals, and none without a group', async t => {
  const twice = {
    name: 'h',
    virtualHosts: ['first', 'second'].map(name => ({ name, host: 'a', port: 80 })),
  }
  const known = new Aliases([twice])
  t.equal(known.match('h', { host: 'a', port: 80 })?.name, 'first')
  t.equal(known.match(undefined, { host: 'a', port: 80 }), undefined)
})

t.test(
  'L13 the alias of the trace is one of the group that routes, where two have one name',
  async t => {
    const model = config({
      virtualHostGroups: [hosts('h', ['a.example:80']), hosts('h', ['b.example:80'])],
      uriGroups: [uris('all', ['/*'])],
      clusters: [cluster([server('one')], { name: 'C' })],
      routes: [route('C', 'h', 'all')],
    })
    const known = new Aliases(model.virtualHostGroups)
    const table = new RouteTable(model, new Map())
    for (const host of ['a.example', 'b.example']) {
      const routes = table.tablesFor({ host, port: 80 }).length > 0
      t.equal(known.match('h', { host, port: 80 }) !== undefined, routes, host)
    }
  },
)
