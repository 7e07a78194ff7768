import t from 'tap'
import { collectMetrics } from '../../src/metrics/collect.ts'
import { edgeConfig } from '../support/edge-config.ts'
import { ask, edgeOn, origin } from '../support/loopback.ts'
import { adminOf, token, told } from './support.ts'

t.test('/metrics is what the program collects, in the form that Prometheus reads', async t => {
  const server = await origin(t)
  const { edge, port } = await edgeOn(t, edgeConfig([{ port: server.port }]))
  const metrics = collectMetrics(edge)
  t.teardown(() => metrics.stop())
  const admin = await adminOf(t, edge, { token, metrics })
  await ask(port, '/')
  const answer = await ask(admin.port, '/metrics')
  t.match(answer, { status: 200, headers: { 'content-type': metrics.contentType } })
  t.match(
    answer.body,
    /^plugin_cfg_requests_total\{cluster="Cluster",server="m1",reason="ONLY",outcome="served"\} 1$/m,
  )
})

t.test('without metrics /metrics says how to get them', async t => {
  const { edge } = await edgeOn(t, edgeConfig([{}]))
  const { port } = await adminOf(t, edge)
  const answer = await ask(port, '/metrics')
  t.equal(answer.status, 404)
  t.match(told(answer), { error: /serve with --metrics/ })
})
