import t from 'tap'
import { HostMemo } from '../../../src/core/routing/host-memo.ts'
import type { RouteTable } from '../../../src/core/routing/route-table.ts'
import type { HostPort } from '../../../src/core/routing/virtual-host.ts'

/** A memo in front of a table that writes down what it is asked. */
const memo = () => {
  const asked: string[] = []
  const table = {
    tablesFor: ({ host, port }: HostPort) => {
      asked.push(`${host}:${port}`)
      return []
    },
  }
  return { asked, memo: new HostMemo(table as unknown as RouteTable) }
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
