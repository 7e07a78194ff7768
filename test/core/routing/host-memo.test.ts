import t from 'tap'
import type { Scheme } from '../../../src/config/model.ts'
import { HostMemo } from '../../../src/core/routing/host-memo.ts'
import { RouteTable } from '../../../src/core/routing/route-table.ts'
import type { HostPort } from '../../../src/core/routing/virtual-host.ts'
import { cluster, config, hosts, route, server, uris } from '../../support/configs.ts'

/** A memo in front of a table that writes down what it is asked. */
const memo = (aliases = 1) => {
  const asked: string[] = []
  const table = {
    tablesFor: ({ host, port }: HostPort) => {
      asked.push(`${host}:${port}`)
      return []
    },
  }
  return { asked, memo: new HostMemo(table as unknown as RouteTable, aliases) }
}

t.test('the table is asked once for a Host header, then the memo knows', async t => {
  const { asked, memo: hosts } = memo()
  const first = hosts.find('Shop.example', 'http', undefined)
  t.same(first, { host: 'shop.example', port: 80, tables: [] })
  t.equal(hosts.find('Shop.example', 'http', undefined), first)
  t.same(asked, ['shop.example:80'])
})

t.test('format M3 one header means another port on https', async t => {
  const { asked, memo: hosts } = memo()
  for (const scheme of ['http', 'https', 'http', 'https'] as const) {
    t.match(hosts.find('shop.example', scheme, undefined), { port: scheme === 'http' ? 80 : 443 })
  }
  t.same(asked, ['shop.example:80', 'shop.example:443'])
})

t.test('format M3 where the physical port counts, it means another on each listener', async t => {
  const { asked, memo: hosts } = memo()
  for (const port of [8080, 9090, 8080]) {
    t.match(hosts.find('shop.example:1', 'http', port), { host: 'shop.example', port })
  }
  t.match(hosts.find('shop.example:1', 'http', undefined), { port: 1 })
  t.same(asked, ['shop.example:8080', 'shop.example:9090', 'shop.example:1'])
})

t.test('what is no host is not remembered', async t => {
  const { asked, memo: hosts } = memo()
  t.equal(hosts.find('a b', 'http', undefined), null)
  t.equal(hosts.find('a b', 'http', undefined), null)
  t.same(asked, [])
})

t.test('headers longer than any host name are understood but not kept', async t => {
  const { asked, memo: hosts } = memo()
  for (const [length, times] of [
    [262, 1],
    [263, 2],
  ] as const) {
    asked.length = 0
    const header = 'x'.repeat(length)
    hosts.find(header, 'http', undefined)
    t.match(hosts.find(header, 'http', undefined), { host: header })
    t.equal(asked.length, times, `${length} characters`)
  }
})

t.test('there is room for 2,048 hosts, or for those of a larger file', async t => {
  for (const [aliases, room] of [
    [1, 2048],
    [3000, 3000],
  ] as const) {
    const { asked, memo: hosts } = memo(aliases)
    const visit = (from: number, to: number, scheme: Scheme = 'http') => {
      asked.length = 0
      for (let i = from; i < to; i++) hosts.find(`h${i}.example`, scheme, undefined)
      return asked.length
    }
    t.equal(visit(0, room, 'https'), room)
    t.equal(visit(0, room, 'https'), 0, 'those of https have a room of their own')
    t.equal(visit(0, room), room)
    t.equal(visit(0, room), 0, 'all are known')
    t.equal(visit(room, room + 1), 1)
    t.equal(visit(0, 1), 0, 'one more does not push any out')
    visit(room + 1, 3 * room)
    t.equal(visit(1, 2), 1, 'many more do')
  }
})

t.test('who comes back in time stays known', async t => {
  const { asked, memo: hosts } = memo()
  for (let i = 0; i < 20_000; i++) {
    hosts.find(`h${i}.example`, 'http', undefined)
    // Two of them, for the last one is known without a look into the memo.
    hosts.find('shop.example', 'http', undefined)
    hosts.find('bank.example', 'http', undefined)
  }
  for (const host of ['shop.example:80', 'bank.example:80']) {
    t.equal(asked.filter(text => text === host).length, 1, host)
  }
})

t.test('a table says how many aliases there may be hosts for', async t => {
  const model = config({
    virtualHostGroups: [hosts('h', ['a.example:80', 'b.example:80', '*:81'])],
    uriGroups: [uris('u', ['/*'])],
    clusters: [cluster([server('A')], { name: 'A' })],
    routes: [route('A', 'h', 'u')],
  })
  t.equal(new RouteTable(model, new Map()).aliases, 3)
})
