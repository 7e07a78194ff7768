import t from 'tap'
import { looksLikePem, readPem } from '../../../src/driver/keyring/pem.ts'
import { issue } from '../../support/certificate-maker.ts'
import { authority, clientCertificate, clientKey } from '../../support/certificates.ts'

const none = async (): Promise<null> => null

const read = (text: string, password: () => Promise<string | null> = none) =>
  readPem(Buffer.from(text), password)

t.test('E15 PEM: certificates and keys in any order, with any text between them', async t => {
  t.ok(looksLikePem(Buffer.from(`comment\n${authority}`)))
  const { certificates, keys } = await read(
    `# friends: -- all\n${clientKey}-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${authority}\nmore\n${clientCertificate}`,
  )
  t.strictSame(
    certificates.map(({ label, value }) => [label, value.subject]),
    [
      [null, 'CN=test ca'],
      [null, 'CN=the client'],
    ],
  )
  t.equal(keys.length, 1)
})

t.test('E15 the labels that OpenSSL writes above each part are read', async t => {
  const bag = (label: string): string =>
    `Bag Attributes\n    friendlyName: ${label}\n    localKeyID: 01 02 \nsubject=CN = x\n`
  const { certificates, keys } = await read(
    `${bag('my edge')}${clientCertificate}${bag('Schlüssel ')}${clientKey}Bag Attributes: <No Attributes>\n${authority}`,
  )
  t.strictSame(
    [...certificates, ...keys].map(({ label }) => label),
    ['my edge', null, 'Schlüssel'],
  )
})

t.test('E15 the password is asked for encrypted keys alone', async t => {
  const { key } = issue('a', null)
  for (const encrypted of [
    key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'right' }),
    key.export({ type: 'sec1', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'right' }),
  ].map(String)) {
    t.equal((await read(encrypted, async () => 'right')).keys.length, 1)
    await t.rejects(
      read(encrypted, async () => 'wrong'),
      { message: /not the one in the stash file/ },
    )
    await t.rejects(read(encrypted), { message: /neither stashfile nor password is given/ })
  }
})

t.test('E15 damaged PEM is refused', async t => {
  for (const [text, message] of [
    ['-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----', /a certificate in it/],
    ['-----BEGIN PRIVATE KEY-----\nbm90IG9uZQ==\n-----END PRIVATE KEY-----', /a private key in it/],
    ['-----BEGIN CERTIFICATE-----\nnonsense\n', /there is no -----END CERTIFICATE-----/],
    ['-----BEGIN CERTIFICATE-----\n'.repeat(100_000), /there is no/],
    ['-----BEGIN \n', /neither a certificate nor/],
    ['-----BEGIN X509 CRL-----\n-----END X509 CRL-----', /neither a certificate nor/],
  ] as const) {
    await t.rejects(read(text), { code: 'FILE_UNREADABLE', message })
  }
})
