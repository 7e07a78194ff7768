import t from 'tap'
import { readPluginConfig } from '../../src/config/read.ts'
import { createRouter } from '../../src/core/router.ts'

// What a file means that says nothing, and what its numbers count.

const file = (cluster = '', server = '', second = ''): string => `<Config>
  <ServerCluster Name="shop" ${cluster}>
    <Server Name="s1" CloneID="c1" ${server}>
      <Transport Hostname="one" Port="9080" Protocol="http"/>
    </Server>
    ${second}
  </ServerCluster>
  <UriGroup Name="uris"><Uri Name="/*"/></UriGroup>
  <Route UriGroup="uris" ServerCluster="shop"/>
</Config>`

const read = (...parts: Parameters<typeof file>) => {
  const { config, diagnostics } = readPluginConfig(file(...parts))
  const [cluster] = config.clusters
  const [server] = cluster?.servers ?? []
  return { config, diagnostics, cluster, server }
}

const head = { method: 'POST', target: '/x', scheme: 'http', host: 'h' } as const

t.test('E2 without LoadBalanceWeight a server weighs 2', async t => {
  const second =
    '<Server Name="s2" LoadBalanceWeight="1"><Transport Hostname="two" Port="1"/></Server>'
  const { config, server } = read('', '', second)
  t.equal(server?.loadBalanceWeight, 2)
  const [cluster] = createRouter(config).snapshot().clusters
  t.same(
    cluster?.servers.map(({ weight }) => weight.start),
    [2, 1],
  )
})

t.test('E3 what absent attributes mean', async t => {
  const { cluster, server, config } = read()
  t.equal(cluster?.postBufferSizeBytes, 65_536)
  t.equal(server?.connectTimeoutMs, 0)
  t.equal(server?.serverIoTimeoutMs, 0)
  const { step } = createRouter(config).route({ ...head, method: 'GET' })
  t.match(step, { connectionTtlMs: 28_000, connectTimeoutMs: 0, serverIoTimeoutMs: 0 })
})

t.test('Q13 ConnectTimeout 0, -1 or absent sets no timer, and check says so', async t => {
  for (const attribute of ['', 'ConnectTimeout="0"', 'ConnectTimeout="-1"']) {
    const { server, diagnostics } = read('', attribute)
    t.equal(server?.connectTimeoutMs, 0, attribute)
    t.ok(
      diagnostics.some(({ code }) => code === 'L24'),
      attribute,
    )
  }
  t.equal(read('', 'ConnectTimeout="5"').server?.connectTimeoutMs, 5000)
})

const buffers: readonly (readonly [string, number | null])[] = [
  ['', 65_536],
  ['PostBufferSize="0"', 0],
  ['PostBufferSize="2"', 2048],
  ['PostBufferSize="-1"', null],
]

t.test('Q14 PostBufferSize counts KiB: absent 64, 0 nothing, -1 everything', async t => {
  for (const [attribute, bytes] of buffers) {
    t.equal(read(attribute).cluster?.postBufferSizeBytes, bytes, attribute)
  }
  const stepOf = (attribute: string) =>
    createRouter(read(attribute).config).route({ ...head, body: 10_000 }).step
  t.match(stepOf(''), { kind: 'buffer', maxBytes: 65_536 })
  t.match(stepOf('PostBufferSize="0"'), { kind: 'attempt' })
})

t.test('Q15 PostSizeLimit counts bytes', async t => {
  const { config, cluster } = read('PostSizeLimit="1000"')
  t.equal(cluster?.postSizeLimitBytes, 1000)
  const stepOf = (body: number) => createRouter(config).route({ ...head, body }).step
  t.match(stepOf(1000), { kind: 'buffer' })
  t.match(stepOf(1001), { kind: 'fail', status: 413 })
  t.equal(read('PostSizeLimit="-1"').cluster?.postSizeLimitBytes, null)
})

t.test('X6 LoadBalance is understood in any spelling of its two words', async t => {
  const of = (text: string) => read(`LoadBalance="${text}"`).cluster?.loadBalance
  for (const text of ['Round Robin', 'RoundRobin', 'round-robin', 'ROUND ROBIN']) {
    t.equal(of(text), 'round-robin', text)
  }
  for (const text of ['Random', 'random', 'RANDOM']) t.equal(of(text), 'random', text)
  const odd = read('LoadBalance="Least"')
  t.equal(odd.cluster?.loadBalance, 'round-robin')
  t.ok(odd.diagnostics.some(({ code }) => code === 'X10'))
})
