import t from 'tap'
import type { Transport } from '../../src/config/model.ts'
import { prepareEndpoints } from '../../src/driver/endpoints.ts'
import { keyringFiles, secureContextOf } from '../../src/driver/keyring.ts'
import { authority, clientCertificate, clientKey, serverKey } from '../support/certificates.ts'
import { edgeConfig } from '../support/edge-config.ts'

const transport = (hostname: string, extra: Partial<Transport> = {}): Transport => ({
  hostname,
  port: 80,
  protocol: 'http',
  properties: [],
  ...extra,
})

const configOf = (...transports: Transport[]) =>
  edgeConfig(transports.map(one => ({ transports: [one] })))

t.test('E6 every name is looked up once, an address not at all', async t => {
  const asked: string[] = []
  const lookup = async (name: string): Promise<readonly string[]> => {
    asked.push(name)
    return ['10.0.0.1', '10.0.0.2']
  }
  const transports = ['a.example', 'a.example', '10.9.9.9', '::1', 'b.example'].map(name =>
    transport(name),
  )
  const { usable, unusable } = await prepareEndpoints(configOf(...transports), lookup, 'load')
  t.same(asked, ['a.example', 'b.example'])
  t.same(unusable, [])
  t.strictSame(
    transports.map(one => usable.get(one)?.addresses),
    [
      ['10.0.0.1', '10.0.0.2'],
      ['10.0.0.1', '10.0.0.2'],
      ['10.9.9.9'],
      ['::1'],
      ['10.0.0.1', '10.0.0.2'],
    ],
  )
})

t.test('the ClusterAddress is prepared like a server', async t => {
  const address = transport('balancer.example')
  const config = edgeConfig([{}], {
    cluster: { clusterAddress: { name: 'front', transports: [address] } },
  })
  const lookup = async (): Promise<readonly string[]> => []
  const { unusable } = await prepareEndpoints(config, lookup, 'load')
  t.match(unusable, [{ owner: 'front', cluster: 'Cluster', message: /it has no address/ }])
})

t.test('F17 what cannot be looked up is listed with its reason', async t => {
  const lookup = async (name: string): Promise<readonly string[]> => {
    if (name === 'odd.example') throw new Error('out of order')
    throw Object.assign(new Error(name), { code: 'EAI_AGAIN' })
  }
  const { usable, unusable } = await prepareEndpoints(
    configOf(transport('gone.example'), transport('odd.example'), transport('a b'), transport('')),
    lookup,
    'load',
  )
  t.equal(usable.size, 0)
  t.match(unusable.map(({ message }) => message).toSorted(), [
    /"" cannot be resolved: it is not a host name/,
    /"a b" cannot be resolved: it is not a host name/,
    /"gone.example" cannot be resolved: the name server does not answer/,
    /"odd.example" cannot be resolved: out of order/,
  ])
})

t.test('E15 beside a key database a PEM file of the same name is looked for', async t => {
  t.same(keyringFiles('/etc/plugin-key.kdb'), ['/etc/plugin-key.kdb', '/etc/plugin-key.pem'])
  t.same(keyringFiles('/etc/my.dir/key'), ['/etc/my.dir/key', '/etc/my.dir/key.pem'])
  t.same(keyringFiles('/etc/KEY.PEM'), ['/etc/KEY.PEM'])
})

t.test('a keyring in PEM form: certificates in any order, with a key or without', async t => {
  t.ok(secureContextOf(authority))
  t.ok(secureContextOf(`comment\n${authority}\n${clientKey}\n${clientCertificate}`))
  t.throws(() => secureContextOf('CMS'), /not a PEM file with certificates/)
  t.throws(() => secureContextOf(clientKey), /not a PEM file with certificates/)
  t.throws(() => secureContextOf(`${authority}${serverKey}`), /key belongs to none/)
  t.throws(() =>
    secureContextOf('-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----'),
  )
})
