import client from 'prom-client'
import t from 'tap'
import { loadPeer } from '../../src/metrics/optional-peer.ts'
import { resolveMetricsOptions } from '../../src/metrics/options.ts'

t.test('wrong options are named with what was given', async t => {
  const cases = [
    [{ prefix: '9lives' }, /^prefix is "9lives"; write letters/],
    [{ maxLabelSets: 0 }, /^maxLabelSets is 0; write a whole number from 1$/],
    [{ buckets: { server: [] } }, /^buckets\.server is \[\]; write seconds/],
    [{ buckets: { edge: [1, 1] } }, /^buckets\.edge is \[1,1\]; write seconds in ascending order/],
    [{ buckets: { edge: [2, 1] } }, /^buckets\.edge is \[2,1\]/],
    [{ buckets: [1] }, /^buckets has "0", which means nothing; write one of server, edge$/],
    [{ buckets: 5 }, /^buckets is 5; write \{ server/],
    [{ perfix: 'x' }, /^options has "perfix", which means nothing; write one of client, /],
    [null, /^options is null; write an object, or nothing$/],
  ] as const
  for (const [options, message] of cases) {
    t.throws(() => resolveMetricsOptions(options as never), { code: 'OPTION_INVALID', message })
  }
})

t.test('defaults: the installed prom-client, a registry of its own, plugin_cfg_', async t => {
  const settings = resolveMetricsOptions({})
  t.equal(settings.client.Counter, client.Counter)
  t.type(settings.registry, client.Registry)
  t.not(settings.registry, client.register)
  t.equal(settings.prefix, 'plugin_cfg_')
  t.equal(resolveMetricsOptions({ prefix: '' }).prefix, '')
  t.equal(resolveMetricsOptions({ registry: client.register }).registry, client.register)
})

t.test('a package that is missing is named with the command that installs it', async t => {
  t.throws(() => loadPeer('plugin-cfg-router-absent', 'collectMetrics', 'client'), {
    code: 'OPTION_INVALID',
    message:
      'collectMetrics needs the package plugin-cfg-router-absent, which cannot be loaded; write npm install plugin-cfg-router-absent, or pass the package as the option client',
    cause: { code: 'MODULE_NOT_FOUND' },
  })
})
