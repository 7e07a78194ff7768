import { chmod, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { KeyFiles } from '../../src/driver/keyring/key-files.ts'
import {
  type Keyring,
  type KeyringProblem,
  type KeyringSource,
  keyringFiles,
  type PersonalCertificate,
  personalCertificate,
  readKeyring,
} from '../../src/driver/keyring.ts'
import { issue } from '../support/certificate-maker.ts'
import { authority, clientCertificate, clientKey, serverKey } from '../support/certificates.ts'
import { aesStore, keystorePassword, rc2Store } from '../support/keystores.ts'
import { stashOf, writePkcs12 } from '../support/pkcs12-writer.ts'

const read = (source: KeyringSource, files = new KeyFiles()) => readKeyring(source, files)

const readWell = async (source: KeyringSource): Promise<Keyring> => {
  const answer = await read(source)
  if ('message' in answer) throw new Error(answer.message)
  return answer
}

const problem = async (source: KeyringSource): Promise<KeyringProblem> => {
  const answer = await read(source)
  if (!('message' in answer)) throw new Error(`${answer.file} was read`)
  return answer
}

const stash = stashOf(keystorePassword)

t.test('E15 beside a key database a .p12 and a .pem file of its name are looked for', async t => {
  t.strictSame(keyringFiles('/etc/key.kdb'), ['/etc/key.kdb', '/etc/key.p12', '/etc/key.pem'])
  t.strictSame(keyringFiles('/my.dir/key'), ['/my.dir/key', '/my.dir/key.p12', '/my.dir/key.pem'])
  t.strictSame(keyringFiles('/etc/key.p12'), ['/etc/key.p12', '/etc/key.pem'])
})

t.test('E15 PKCS#12 is opened with its stash file, or the one beside it, or password', async t => {
  const dir = t.testdir({ 'a.p12': aesStore, 'a.sth': stash, 'b.p12': aesStore, 'c.sth': stash })
  for (const source of [
    { keyring: join(dir, 'b.p12'), stashfile: join(dir, 'c.sth') },
    { keyring: join(dir, 'b.p12'), stashfile: join(dir, 'c.sth'), password: 'not this one' },
    { keyring: join(dir, 'a.p12') },
    { keyring: join(dir, 'b.p12'), password: keystorePassword },
  ]) {
    const { certificates, keys, insteadOf, file } = await readWell(source)
    t.match({ certificates, keys }, { certificates: { length: 2 }, keys: { length: 1 } })
    t.match({ insteadOf, file }, { insteadOf: null, file: source.keyring })
  }
})

t.test('E15 the form of a keyring is told by its contents', async t => {
  const dir = t.testdir({ 'key.kdb': authority, 'x.pem': aesStore, 'x.sth': stash })
  t.match(await readWell({ keyring: join(dir, 'key.kdb') }), { insteadOf: null })
  t.match(await readWell({ keyring: join(dir, 'x.pem') }), { keys: [{ label: 'edge' }] })
})

t.test('E15 a .kdb, and what OpenSSL has no more, is replaced by a file beside it', async t => {
  const dir = t.testdir({
    both: { 'key.kdb': 'binary', 'key.p12': aesStore, 'key.pem': authority, 'key.sth': stash },
    pem: { 'key.kdb': 'binary', 'key.pem': authority },
    old: { 'key.p12': rc2Store, 'key.sth': stash, 'key.pem': authority },
    gone: { 'key.p12': aesStore, 'key.sth': stash },
  })
  for (const [named, found, why] of [
    ['both/key.kdb', 'both/key.p12', /GSKit/],
    ['pem/key.kdb', 'pem/key.pem', /GSKit/],
    ['old/key.p12', 'old/key.pem', /RC2 with 40 bits/],
    ['gone/key.kdb', 'gone/key.p12', /there is no such file/],
  ] as const) {
    t.match(await readWell({ keyring: join(dir, named) }), {
      file: join(dir, found),
      insteadOf: { message: why },
    })
  }
})

t.test('E15 a .kdb without another file beside it is reported with the conversion', async t => {
  const dir = t.testdir({ 'plugin-key.kdb': 'binary', 'key.jks': Buffer.from('feedfeed', 'hex') })
  const kdb = join(dir, 'plugin-key.kdb')
  const p12 = join(dir, 'plugin-key.p12')
  const answer = await problem({ keyring: kdb, stashfile: join(dir, 'plugin-key.sth') })
  t.equal(
    answer.message,
    `keyring ${JSON.stringify(kdb)} cannot be used: it is neither PKCS#12 nor PEM, and key databases of GSKit cannot be read`,
  )
  t.ok(answer.advice.includes(`-db ${kdb} -stashed -type cms -target ${p12}`), answer.advice)
  t.match(await problem({ keyring: join(dir, 'key.jks') }), {
    message: /it is a key store of Java/,
    advice: /keytool -importkeystore .* -destkeystore .*key\.p12/,
  })
})

t.test('Y6 what keeps a keyring from being read names the file and what to do', async t => {
  const secret = 'a password that nobody may see'
  const dir = t.testdir({
    'key.p12': aesStore,
    'bad.sth': 'x',
    'wrong.sth': stashOf(secret),
    'cut.p12': aesStore.subarray(0, 700),
    'empty.pem': serverKey,
    'empty.sth': '',
    'p.pem': clientKey.replace('PRIVATE KEY-----\n', 'PRIVATE KEY-----\nAA'),
    directory: {},
    sibling: { 'key.kdb': 'binary', 'key.p12': aesStore, 'key.pem': authority },
  })
  const at = (name: string): string => join(dir, name)
  for (const [source, message, advice] of [
    [{ keyring: at('key.p12') }, /key\.p12" .*neither stashfile nor password/, /-stashpw -db/],
    [{ keyring: at('key.p12'), stashfile: at('wrong.sth') }, /key\.p12" .*not the one/, /-stashpw/],
    [{ keyring: at('key.p12'), password: secret }, /key\.p12" .*not the one/, /-stashpw/],
    [{ keyring: at('key.p12'), stashfile: at('bad.sth') }, /bad\.sth": it holds no/, /-v1stash/],
    [{ keyring: at('key.p12'), stashfile: at('empty.sth') }, /empty\.sth": it holds/, /-v1stash/],
    [{ keyring: at('key.p12'), stashfile: at('no.sth') }, /no\.sth": there is no such/, /-stashpw/],
    [{ keyring: at('cut.p12'), password: 'x' }, /cut\.p12" .*it is damaged: /, /whole file/],
    [{ keyring: at('empty.pem') }, /empty\.pem" .*no certificate in it/, /signers/],
    [{ keyring: at('p.pem') }, /p\.pem" .*private key in it cannot be read/, /whole file/],
    [{ keyring: at('directory') }, /directory" cannot be used: it is a directory/, /read it/],
    [{ keyring: at('none.pem') }, /none\.pem" cannot be used: there is no such file/, /none\.p12/],
    [{ keyring: 'safkeyring:///WAS' }, /"safkeyring:\/\/\/WAS" .*SAF/, /export its certificates/],
    [{ keyring: at('sibling/key.kdb') }, /sibling.key\.p12" .*neither stashfile/, /-stashpw/],
  ] as const) {
    const answer = await problem(source)
    t.match(answer, { message, advice })
    t.notMatch(JSON.stringify(answer), secret)
  }
})

t.test('Y6 a keyring that may not be read is reported', async t => {
  if (process.getuid?.() === 0) t.comment('root reads every file, so only the happy end is seen')
  const dir = t.testdir({ 'key.pem': authority })
  await chmod(join(dir, 'key.pem'), 0)
  const answer = await read({ keyring: join(dir, 'key.pem') })
  if ('message' in answer) t.match(answer.message, /permission denied/)
  else t.equal(process.getuid?.(), 0)
})

const chosen = (keyring: Keyring, label?: string): PersonalCertificate => {
  const found = personalCertificate(keyring, label)
  if (found === null || 'message' in found) throw new Error(`none: ${found?.message}`)
  return found
}

t.test('A.10 certLabel picks the personal certificate', async t => {
  const [one, two] = [issue('one', null), issue('two', null)]
  const dir = t.testdir({
    'key.p12': writePkcs12(
      [
        { label: 'first', certificate: one.certificate.raw, key: one.key },
        { label: 'Second', certificate: two.certificate.raw, key: two.key },
      ],
      null,
    ),
  })
  const keyring = await readWell({ keyring: join(dir, 'key.p12') })
  for (const [label, subject] of [
    [undefined, 'CN=one'],
    ['', 'CN=one'],
    ['first', 'CN=one'],
    ['Second', 'CN=two'],
    [' second ', 'CN=two'],
  ] as const) {
    t.equal(chosen(keyring, label).certificate.subject, subject)
  }
  t.match(personalCertificate(keyring, 'third'), {
    message: /no personal certificate with the label "third"/,
    advice: 'certLabel can be "first" or "Second"',
  })
})

t.test('A.10 certLabel of a PEM file with one key and no labels is that key', async t => {
  const dir = t.testdir({
    'key.pem': `${authority}${clientCertificate}${clientKey}`,
    'signers.pem': authority,
    'stray.pem': `${authority}${serverKey}`,
  })
  const keyring = await readWell({ keyring: join(dir, 'key.pem') })
  t.equal(chosen(keyring, 'edge').certificate.subject, 'CN=the client')
  const signers = await readWell({ keyring: join(dir, 'signers.pem') })
  t.equal(personalCertificate(signers, undefined), null)
  t.match(personalCertificate(signers, 'edge'), { message: /"edge"/, advice: /remove certLabel/ })
  const stray = await readWell({ keyring: join(dir, 'stray.pem') })
  t.match(personalCertificate(stray, undefined), { message: /belongs to none/ })
})

t.test('A.10 of two certificates for one key the longer valid one is presented', async t => {
  const old = issue('old', null, { notAfter: '20200101000000Z' })
  const renewed = issue('renewed', null, { key: old.key })
  for (const order of [
    [old, renewed],
    [renewed, old],
  ]) {
    const dir = t.testdir({ 'key.pem': `${order.map(({ pem }) => pem).join('')}${old.keyPem}` })
    const keyring = await readWell({ keyring: join(dir, 'key.pem') })
    t.equal(chosen(keyring).certificate.subject, 'CN=renewed')
  }
})

t.test('renewed key files are noticed, each change once', async t => {
  const dir = t.testdir({ 'key.kdb': 'binary', 'key.pem': authority, 'other.sth': stash })
  const files = new KeyFiles()
  await read({ keyring: join(dir, 'key.kdb') }, files)
  await read({ keyring: join(dir, 'other.p12') }, files)
  t.strictSame(
    files.paths.map(path => path.slice(dir.length + 1)).toSorted(),
    ['key.kdb', 'key.p12', 'key.pem', 'other.p12', 'other.pem'],
    'also those that were not there',
  )
  t.equal(await files.changed(), false)
  await writeFile(join(dir, 'key.pem'), `${authority}\n`)
  t.equal(await files.changed(), true)
  t.equal(await files.changed(), false)
  await writeFile(join(dir, 'other.p12'), aesStore)
  t.equal(await files.changed(), true)
  await rm(join(dir, 'other.p12'))
  t.equal(await files.changed(), true)
  t.equal(await files.changed(), false)
})

t.test('a file that is no regular file, or too large, is not read as a keyring', async t => {
  const dir = t.testdir({ 'large.pem': Buffer.alloc(8 * 1024 * 1024 + 1) })
  t.match(await problem({ keyring: join(dir, 'large.pem') }), { message: /more than 8 MiB/ })
  t.match(await problem({ keyring: '/dev/null' }), { message: /it is not a file/ })
})
