import fc from 'fast-check'
import t from 'tap'
import type { KeyringContents } from '../../../src/driver/keyring/contents.ts'
import { looksLikePkcs12, readPkcs12 } from '../../../src/driver/keyring/pkcs12.ts'
import { isKeyringError, type KeyringError } from '../../../src/driver/keyring/problem.ts'
import { PluginError } from '../../../src/errors.ts'
import { issue } from '../../support/certificate-maker.ts'
import { der, integer, sequence } from '../../support/der-writer.ts'
import {
  aesStore,
  emptyStore,
  keystorePassword,
  plainStore,
  rc2Store,
  signersStore,
  tripleDesStore,
  twoKeyDesStore,
} from '../../support/keystores.ts'
import { type Kinds, writePkcs12 } from '../../support/pkcs12-writer.ts'

const labels = ({ certificates, keys }: KeyringContents) => ({
  certificates: certificates.map(({ label, value }) => [label, value.subject]),
  keys: keys.map(({ label }) => label),
})

const failureOf = async (bytes: Buffer, password: string | null): Promise<KeyringError> => {
  const failure = await readPkcs12(bytes, password).then(
    () => null,
    (error: unknown) => error,
  )
  if (!isKeyringError(failure)) throw new Error(`not refused with a reason: ${failure}`)
  return failure
}

const client = ['edge', 'CN=the client'] as const

for (const [title, store, password, certificates, keys] of [
  ['AES-256', aesStore, keystorePassword, [client, ['authority', 'CN=test ca']], ['edge']],
  ['3DES', tripleDesStore, keystorePassword, [client, ['authority', 'CN=test ca']], ['edge']],
  [
    '3DES with two keys',
    twoKeyDesStore,
    keystorePassword,
    [client, ['authority', 'CN=test ca']],
    ['edge'],
  ],
  ['no encryption', plainStore, null, [client, ['authority', 'CN=test ca']], ['edge']],
  ['signers alone', signersStore, keystorePassword, [['authority', 'CN=test ca']], []],
  ['an empty password', emptyStore, '', [client, [null, 'CN=test ca']], ['edge']],
] as const) {
  t.test(`E15 PKCS#12 by OpenSSL with ${title} is read`, async t => {
    t.ok(looksLikePkcs12(store))
    const contents = await readPkcs12(store, password)
    t.strictSame(labels(contents), { certificates, keys })
    for (const { value } of contents.keys) {
      t.ok(contents.certificates[0]?.value.checkPrivateKey(value))
    }
  })
}

t.test('E15 several keys in one file keep their labels', async t => {
  const [ca, first, second] = [issue('ca', null), issue('first', null), issue('second', null)]
  for (const password of ['secret', null]) {
    const contents = await readPkcs12(
      writePkcs12(
        [
          { label: 'Ein Schlüssel', certificate: first.certificate.raw, key: first.key },
          { label: 'two', certificate: second.certificate.raw, key: second.key },
          { certificate: ca.certificate.raw, nested: true },
        ],
        password,
      ),
      password,
    )
    t.strictSame(labels(contents), {
      certificates: [
        ['Ein Schlüssel', 'CN=first'],
        ['two', 'CN=second'],
        [null, 'CN=ca'],
      ],
      keys: ['Ein Schlüssel', 'two'],
    })
  }
})

t.test('E15 a wrong password and a missing one are told apart', async t => {
  for (const store of [aesStore, tripleDesStore, signersStore, rc2Store]) {
    t.match(await failureOf(store, 'Schluessel1'), {
      code: 'FILE_UNREADABLE',
      message: /^its password is not the one/,
      otherForm: false,
    })
    t.match(await failureOf(store, null), { message: /^it is protected by a password/ })
  }
  const entry = { certificate: issue('a', null).certificate.raw }
  const withoutMac = writePkcs12([entry], 'right')
  t.match(await failureOf(withoutMac, 'wrong'), { message: /^its password is not the one/ })
})

t.test('E15 an encryption that OpenSSL 3 has no more is reported with the conversion', async t => {
  const failure = await failureOf(rc2Store, keystorePassword)
  t.match(failure, { message: /RC2 with 40 bits/, otherForm: true })
  t.match(
    failure.advice('/my keys/key.p12'),
    "openssl pkcs12 -legacy -in '/my keys/key.p12' -nodes -out '/my keys/key.pem'",
  )
})

const strange: readonly (readonly [string, Kinds, RegExp])[] = [
  ['RC4', { scheme: '1.2.840.113549.1.12.1.1' }, /RC4 with 128 bits/],
  ['an unknown scheme', { scheme: '1.2.3.4' }, /encryption of kind 1\.2\.3\.4, which is not read/],
  ['scrypt', { derivation: '1.3.6.1.4.1.11591.4.11' }, /key derivation of kind 1\.3\.6\.1\.4/],
  ['an unknown function', { prf: '2.100.3' }, /key derivation with 2\.100\.3/],
  ['an unknown cipher', { cipher: '1.2.3' }, /encryption of kind 1\.2\.3/],
  ['DES with a vector for AES', { cipher: '1.2.840.113549.3.7' }, /initial vector of another/],
  ['more rounds than anybody writes', { iterations: 2_000_000_000 }, /counts are too high/],
  ['no rounds', { iterations: 0 }, /iteration count of 0/],
  ['a signature', { contentType: '1.2.840.113549.1.7.2' }, /protected by a public key/],
]
for (const [title, kinds, message] of strange) {
  t.test(`E15 PKCS#12 with ${title} is refused with its reason`, async t => {
    const bytes = writePkcs12([{ certificate: issue('a', null).certificate.raw }], 'x', kinds)
    const failure = await failureOf(bytes, 'x')
    t.match(failure.message, message)
    t.match(failure.advice('a.p12'), /\w/)
  })
}

t.test('E15 lengths that are left open are read, as some tools write them', async t => {
  const plain = writePkcs12([{ certificate: issue('open', null).certificate.raw }], null)
  // The outermost sequence without its length, and with two zero bytes at its end.
  const open = Buffer.concat([Buffer.of(0x30, 0x80), plain.subarray(4), Buffer.alloc(2)])
  t.equal(plain[1], 0x82)
  t.match(labels(await readPkcs12(open, null)), { certificates: [[null, 'CN=open']] })
  const padded = Buffer.concat([plain, Buffer.alloc(7)])
  t.match(labels(await readPkcs12(padded, null)), { certificates: [[null, 'CN=open']] })
})

t.test('E15 what is no PKCS#12 is refused', async t => {
  for (const [bytes, message] of [
    [Buffer.alloc(0), /ends too early/],
    [Buffer.from('plain text'), /./],
    [sequence(integer(2)), /version other than 3/],
    [sequence(integer(3)), /a part is missing/],
    [Buffer.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff), /ends too early/],
    [Buffer.of(0x30, 0x88, 0, 0, 0, 0, 0, 0, 0, 1, 0), /too large/],
    [Buffer.from('3080'.repeat(5000), 'hex'), /ends too early/],
    [der(0x3f, integer(3)), /tag of several bytes/],
    [Buffer.concat([plainStore, Buffer.of(1)]), /something follows its end/],
  ] as const) {
    t.match(await failureOf(bytes, null), { message })
  }
})

t.test('E15 damaged files end with a PluginError and in time, or are read', async t => {
  const several = writePkcs12(
    [{ label: 'x', certificate: issue('x', null).certificate.raw, key: issue('x', null).key }],
    null,
  )
  const stores = fc.constantFrom(aesStore, tripleDesStore, plainStore, several)
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    byte: fc.integer({ min: 0, max: 255 }),
  })
  await fc.assert(
    fc.asyncProperty(
      stores,
      fc.array(change, { minLength: 1, maxLength: 4 }),
      fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
      async (store, changes, cut) => {
        const bytes = Buffer.from(store)
        for (const { at, byte } of changes) bytes[Math.floor(at * (bytes.length - 1))] = byte
        const rest = cut === null ? bytes : bytes.subarray(0, Math.floor(cut * bytes.length))
        try {
          const { certificates } = await readPkcs12(rest, keystorePassword)
          return certificates.length < 100
        } catch (error) {
          return error instanceof PluginError
        }
      },
    ),
    { numRuns: 400 },
  )
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async bytes => {
      const whole = sequence(integer(3), Buffer.from(bytes))
      await readPkcs12(whole, 'x').catch(error => t.ok(error instanceof PluginError))
    }),
    { numRuns: 400 },
  )
})
