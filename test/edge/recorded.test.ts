import t from 'tap'
import type { RequestHead } from '../../src/core/request.ts'
import { headCopy, settingsOf, urlOf } from '../../src/edge/recorded.ts'
import { cluster, only, server, transport } from '../support/configs.ts'

const head: RequestHead = { method: 'GET', target: '/a?b=1', scheme: 'https', host: 'h:8443' }

t.test('the URL of a recording is the one that the client wrote', async t => {
  t.equal(urlOf(head), 'https://h:8443/a?b=1')
  t.equal(urlOf({ ...head, target: 'HTTP://Other/x' }), 'HTTP://Other/x')
  t.equal(urlOf({ ...head, target: '*', host: '' }), 'https:///*')
  t.equal(urlOf({ ...head, host: undefined }), 'https:///a?b=1')
})

t.test('a head is copied as it is at that moment', async t => {
  const cookie = ['a=1']
  const copy = headCopy({ ...head, cookie, body: undefined })
  cookie.push('b=2')
  t.same(copy, { ...head, cookie: ['a=1'] })
})

t.test('the settings of a recording are the options of the router that are data', async t => {
  const config = only(cluster([server('A')]))
  const options = { allDown: 'probe', random: () => 0, onTrace: () => {} } as const
  t.strictSame(
    settingsOf(options, config, () => true),
    { allDown: 'probe' },
  )
})

t.test('F17 a scheme of a server is unusable when none of its transports can be used', async t => {
  const both = [
    transport(),
    transport({ port: 9081 }),
    transport({ protocol: 'https', port: 9443 }),
  ]
  const config = only(
    cluster([server('A', { transports: both }), server('B')], {
      clusterAddress: { name: 'Address', transports: [transport({ port: 7 })] },
    }),
  )
  const usable = (ports: readonly number[]) => (t: { readonly port: number }) =>
    !ports.includes(t.port)
  t.same(settingsOf({}, config, usable([9081])), {})
  t.same(settingsOf({}, config, usable([9443, 7])).unusable, [
    'Cluster/A/https',
    'Cluster/Address/http',
  ])
  t.same(settingsOf({}, config, usable([9080, 9081])).unusable, [
    'Cluster/A/http',
    'Cluster/B/http',
  ])
})
