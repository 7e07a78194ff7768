import { generateKeyPairSync, getFips } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { Transport } from '../../src/config/model.ts'
import { prepareEndpoints } from '../../src/driver/endpoints.ts'
import { issue } from '../support/certificate-maker.ts'
import { authority, serverCertificate, serverKey } from '../support/certificates.ts'
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

t.test('A.10 transports with one keyring and one label share one context', async t => {
  const files = t.testdir({ 'key.pem': authority, 'other.pem': authority })
  const secure = (extra: Partial<Transport>): Transport =>
    transport('127.0.0.1', { protocol: 'https', ...extra })
  const keyring = join(files, 'key.pem')
  const transports = [
    secure({ keyring }),
    secure({ keyring }),
    secure({ keyring: join(files, 'other.pem') }),
    secure({}),
  ]
  const { usable } = await prepareEndpoints(configOf(...transports), async () => [], 'load')
  const setups = transports.map(one => usable.get(one)?.tls)
  const [first, second, third, fourth] = setups.map(setup => setup?.options.secureContext)
  t.equal(first, second)
  t.equal(new Set([first, third, fourth]).size, 3)
  t.notOk(setups.some(setup => setup?.options.rejectUnauthorized !== true))
  t.equal(new Set(setups.map(setup => setup?.sessions)).size, 4, 'sessions are not shared')
})

t.test('A.2 FIPSEnable is reported when Node is not in FIPS mode', async t => {
  const notesOf = async (protocol: Transport['protocol'], fipsEnable: boolean) => {
    const config = edgeConfig([{ transports: [transport('127.0.0.1', { protocol })] }], {
      settings: { fipsEnable },
    })
    return (await prepareEndpoints(config, async () => [], 'load')).notes
  }
  const note = {
    code: 'FIPS_OFF',
    message: 'FIPSEnable is true, but this process is not in FIPS mode',
    advice: /--enable-fips/,
  }
  t.match(await notesOf('https', true), getFips() === 1 ? [] : [note])
  t.strictSame(await notesOf('http', true), [], 'nothing is encrypted')
  t.strictSame(await notesOf('https', false), [])
})

t.test('E15 a keyring that another file stands in for is reported once', async t => {
  const files = t.testdir({ 'key.kdb': 'binary', 'key.pem': authority })
  const one = (): Transport =>
    transport('127.0.0.1', { protocol: 'https', keyring: join(files, 'key.kdb') })
  const { notes, unusable } = await prepareEndpoints(configOf(one(), one()), async () => [], 'load')
  t.strictSame(unusable, [])
  t.equal(notes.length, 1)
  t.match(notes, [
    {
      code: 'KEYRING_REPLACED',
      message: /key\.kdb" cannot be used: .*GSKit.*; ".*key\.pem" is used in its place/,
      advice: /gskcapicmd -cert -export/,
    },
  ])
})

t.test('E5 a keyring that is half written at a reload stays in use as it was', async t => {
  const dir = t.testdir({ 'key.pem': authority })
  const keyring = join(dir, 'key.pem')
  const config = configOf(transport('127.0.0.1', { protocol: 'https', keyring }))
  const first = await prepareEndpoints(config, async () => [], 'load')
  await writeFile(keyring, authority.slice(0, 200))
  t.equal((await prepareEndpoints(config, async () => [], 'load')).usable.size, 0)
  const second = await prepareEndpoints(config, async () => [], 'load', first.keyrings)
  t.equal(second.usable.size, 1)
  t.strictSame(second.unusable, [])
  t.match(second.notes, [
    { code: 'KEYRING_KEPT', message: /there is no -----END.*; what was read .* stays/ },
  ])
  await rm(keyring)
  const third = await prepareEndpoints(config, async () => [], 'load', second.keyrings)
  t.equal(third.usable.size, 1)
  t.match(third.notes, [{ message: /there is no such file/ }])
  await writeFile(keyring, serverCertificate)
  t.equal(await third.keyFiles.changed(), true)
  const fourth = await prepareEndpoints(config, async () => [], 'load', third.keyrings)
  t.strictSame(fourth.notes, [])
  t.match([...fourth.keyrings.values()], [{ certificates: [{ value: { subject: /app/ } }] }])
})

t.test('Y6 a keyring that cannot be used is listed for each transport', async t => {
  const files = t.testdir({ 'key.pem': `${authority}${serverKey}`, 'ok.pem': authority })
  const one = (extra: Partial<Transport>): Transport =>
    transport('127.0.0.1', { protocol: 'https', ...extra })
  const { usable, unusable } = await prepareEndpoints(
    configOf(
      one({ keyring: join(files, 'key.pem') }),
      one({ keyring: join(files, 'gone.p12') }),
      one({ keyring: join(files, 'ok.pem'), certLabel: 'edge' }),
      one({ keyring: join(files, 'ok.pem') }),
    ),
    async () => [],
    'load',
  )
  t.equal(usable.size, 1)
  t.match(
    unusable.toSorted((a, b) => a.message.localeCompare(b.message)),
    [
      {
        owner: 'm2',
        reason: 'keyring',
        message: /gone\.p12" cannot be used: there is no such file/,
      },
      { owner: 'm1', message: /key\.pem" cannot be used: its private key belongs to none/ },
      { owner: 'm3', message: /ok\.pem" has no personal certificate with the label "edge"/ },
    ],
  )
})

t.test('a certificate that OpenSSL refuses under StrictSecurity is reported', async t => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const weak = issue('weak', null, { key: privateKey })
  const files = t.testdir({ 'key.pem': `${weak.pem}${weak.keyPem}` })
  const config = edgeConfig(
    [
      {
        transports: [
          transport('127.0.0.1', { protocol: 'https', keyring: join(files, 'key.pem') }),
        ],
      },
    ],
    { settings: { strictSecurity: true } },
  )
  const { unusable } = await prepareEndpoints(config, async () => [], 'load')
  t.match(unusable, [{ message: /key\.pem" cannot be used: .*small/, advice: /StrictSecurity/ }])
})
