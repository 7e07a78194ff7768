import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { LogLevel, PluginConfig } from '../../src/config/model.ts'
import { createEdge } from '../../src/edge/edge.ts'
import { edgeConfig } from '../support/edge-config.ts'
import { ask, edgeOn, eventually, origin, refusingPort } from '../support/loopback.ts'

const logging = (config: PluginConfig, name: string, level: LogLevel): PluginConfig => ({
  ...config,
  log: { name, level },
})

const textOf = (file: string): string => (existsSync(file) ? readFileSync(file, 'latin1') : '')

const xml = (port: number, log: string): string => `<?xml version="1.0"?>
<Config RefreshInterval="1">
  <Log LogLevel="Warn" Name="${log}"/>
  <VirtualHostGroup Name="all"><VirtualHost Name="*:*"/></VirtualHostGroup>
  <ServerCluster Name="Cluster">
    <Server Name="m1"><Transport Hostname="127.0.0.1" Port="${port}" Protocol="http"/></Server>
    <PrimaryServers><Server Name="m1"/></PrimaryServers>
  </ServerCluster>
  <UriGroup Name="Uris"><Uri Name="/*"/></UriGroup>
  <Route ServerCluster="Cluster" UriGroup="Uris" VirtualHostGroup="all"/>
</Config>
`

t.test('10.2 the log is that of the file: at Error only what fails is in it', async t => {
  const file = join(t.testdir(), 'http_plugin.log')
  const server = await origin(t)
  const config = edgeConfig([{ port: await refusingPort() }, { port: server.port }])
  const test = await edgeOn(t, logging(config, file, 'error'), { log: true })
  await ask(test.port, '/')
  await ask(test.port, '/')
  await test.edge.close()
  const text = textOf(file)
  t.match(text, /ERROR: .*serverSetFailoverStatus.*m1/)
  t.notMatch(text, /STATS:|DETAIL:|DEBUG:|TRACE:/, 'although the listener gets every record')
  t.ok(test.trace.some(({ kind }) => kind === 'stats'))
  t.same(test.warnings, [])
})

t.test('10.2 at Stats the counters of every attempt are in it', async t => {
  const file = join(t.testdir(), 'http_plugin.log')
  const server = await origin(t)
  const config = edgeConfig([{ port: server.port }, { port: server.port }])
  const test = await edgeOn(t, logging(config, file, 'stats'), { log: true, trace: null })
  await ask(test.port, '/')
  await test.edge.close()
  t.match(textOf(file), /STATS: .*m1/)
  t.same(test.trace, [], 'whichever requests are followed')
})

t.test(
  '10.2 at Trace the heads of request and answer are in it, as the client and the servers see them',
  async t => {
    const file = join(t.testdir(), 'http_plugin.log')
    const server = await origin(t, (_, response) => response.setHeader('X-Answer', 'a7').end())
    const test = await edgeOn(t, edgeConfig([{ port: server.port }], { uri: '/shop/*' }), {
      log: { file, level: 'trace' },
    })
    await ask(test.port, '/shop/', { headers: { 'X-Question': 'q7' } })
    await ask(test.port, '/other', { headers: { 'X-Question': 'q8' } })
    await test.edge.close()
    const text = textOf(file)
    t.match(text, /X-Question.*q7/)
    t.match(text, /X-Answer.*a7/)
    t.match(text, /\$WSRA/, 'private fields, which only the server gets')
    t.match(text, /X-Question.*q8/, 'a request that is declined')
  },
)

t.test('no log unless it is asked for, and none where the file names none', async t => {
  const file = join(t.testdir(), 'http_plugin.log')
  const config = edgeConfig([{ port: await refusingPort() }])
  const without = await edgeOn(t, logging(config, file, 'trace'))
  await ask(without.port, '/')
  await without.edge.close()
  t.equal(existsSync(file), false)
  const nameless = await edgeOn(t, config, { log: true })
  t.equal((await ask(nameless.port, '/')).status, 500)
  nameless.edge.reopenLog()
  await nameless.edge.close()
})

t.test(
  'a reload with another Log element goes on in the other file, and a refused one is logged',
  async t => {
    const directory = t.testdir()
    const [first, second] = [join(directory, 'first.log'), join(directory, 'second.log')]
    const path = join(directory, 'plugin-cfg.xml')
    const port = await refusingPort()
    writeFileSync(path, xml(port, first))
    const test = await edgeOn(t, path, { log: true })
    await ask(test.port, '/')
    writeFileSync(path, xml(port, second))
    t.equal((await test.edge.reload()).result, 'loaded')
    await ask(test.port, '/')
    writeFileSync(path, '<Config><Route ServerCluster="Nowhere"/>')
    t.equal((await test.edge.reload()).result, 'refused')
    await test.edge.close()
    t.match(textOf(first), /ERROR: .*m1/)
    const text = textOf(second)
    t.match(text, /ERROR: .*m1/)
    t.match(text, /plugin-cfg\.xml/)
    const lines = text.split('\n').length
    t.ok(lines > 3, 'the refusal is in it')
  },
)

t.test('reopenLog goes on in a new file after the old one was moved away', async t => {
  const directory = t.testdir()
  const [file, moved] = [join(directory, 'http_plugin.log'), join(directory, 'old.log')]
  const test = await edgeOn(t, edgeConfig([{ port: await refusingPort() }]), {
    log: { file, level: 'error' },
  })
  await ask(test.port, '/')
  await eventually(() => textOf(file).includes('ERROR'))
  renameSync(file, moved)
  test.edge.reopenLog()
  await ask(test.port, '/')
  await test.edge.close()
  t.match(textOf(moved), /ERROR/)
  t.match(textOf(file), /ERROR/)
})

t.test(
  'a log that cannot be written is a warning, told to the host too, and no failed request',
  async t => {
    const file = join(t.testdir(), 'missing', 'http_plugin.log')
    const server = await origin(t)
    const problems: string[] = []
    const test = await edgeOn(t, edgeConfig([{ port: server.port }]), {
      log: {
        file,
        onError: ({ code }) => {
          problems.push(code)
          throw new Error('in the hook')
        },
      },
    })
    t.equal((await ask(test.port, '/')).status, 200)
    await eventually(() => test.warnings.some(({ code }) => code === 'LOG_FAILED'))
    t.match(
      test.warnings.find(({ code }) => code === 'LOG_FAILED'),
      { message: /http_plugin\.log/ },
    )
    t.same(problems, ['LOG_UNWRITABLE'])
    t.ok(test.warnings.some(({ message }) => message === 'log.onError threw: Error: in the hook'))
    t.equal((await ask(test.port, '/')).status, 200)
    await test.edge.close()
  },
)

t.test('10.3 E5 an edge that cannot be made says why in the log that its file names', async t => {
  const directory = t.testdir()
  const [path, file] = [join(directory, 'plugin-cfg.xml'), join(directory, 'http_plugin.log')]
  writeFileSync(path, xml(9, file).replace('ServerCluster="Cluster"', 'ServerCluster="Nowhere"'))
  await t.rejects(createEdge({ config: path, log: true }), { code: 'CONFIG_INVALID' })
  const text = textOf(file)
  t.match(text, /ERROR: .*configParserParse: .*plugin-cfg\.xml:10:10 L04 .*Nowhere/)
  t.match(text, /ERROR: .*websphereUpdateConfig: .*plugin-cfg\.xml cannot be used\r?\n/)
  t.notMatch(text, /stays in force/, 'there was nothing')
  rmSync(file)
  await t.rejects(createEdge({ config: path }), { code: 'CONFIG_INVALID' })
  t.equal(existsSync(file), false, 'without the option nothing is written')
})

t.test(
  '10.3 E5 XML that breaks off, and a file that is not there, are in the log of the options',
  async t => {
    const directory = t.testdir()
    const [path, file] = [join(directory, 'plugin-cfg.xml'), join(directory, 'http_plugin.log')]
    writeFileSync(path, '<Config>')
    await t.rejects(createEdge({ config: path, log: { file } }), { code: 'CONFIG_INVALID' })
    t.match(textOf(file), /ERROR: .*configParserParse: .*plugin-cfg\.xml:1:/)
    rmSync(path)
    await t.rejects(createEdge({ config: path, log: { file } }), { code: 'FILE_UNREADABLE' })
    t.match(textOf(file), /ERROR: .*websphereUpdateConfig: Cannot read .*plugin-cfg\.xml: /)
    await t.rejects(createEdge({ config: path, log: true }), { code: 'FILE_UNREADABLE' })
  },
)

t.test('10.3 L07 a name without an address at the start is in the log', async t => {
  const directory = t.testdir()
  const [path, file] = [join(directory, 'plugin-cfg.xml'), join(directory, 'http_plugin.log')]
  writeFileSync(path, xml(9, file).replace('127.0.0.1', 'app.invalid'))
  const lookup = () => Promise.reject(new Error('getaddrinfo ENOTFOUND app.invalid'))
  await t.rejects(createEdge({ config: path, log: true, lookup }), { code: 'CONFIG_INVALID' })
  t.match(textOf(file), /ERROR: ws_transport: transportSetServerAddress: .*L07 .*app\.invalid/)
})

t.test('a log that cannot be written hides nothing of a failed start', async t => {
  const file = join(t.testdir(), 'missing', 'http_plugin.log')
  const problems: string[] = []
  const log = { file, onError: ({ code }: { code: string }) => void problems.push(code) }
  await t.rejects(createEdge({ config: '/nowhere/plugin-cfg.xml', log }), {
    code: 'FILE_UNREADABLE',
  })
  t.same(problems, ['LOG_UNWRITABLE'])
})
