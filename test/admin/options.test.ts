import { networkInterfaces } from 'node:os'
import t from 'tap'
import { isLoopback, resolveAdminOptions } from '../../src/admin/options.ts'

t.test('by default it is 127.0.0.1, any port, no token, and reading is free', async t => {
  t.match(await resolveAdminOptions({}), {
    port: 0,
    host: '127.0.0.1',
    address: '127.0.0.1',
    token: undefined,
    readsNeedToken: false,
  })
})

t.test('loopback is what other machines cannot reach', async t => {
  for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']) {
    t.equal(isLoopback(address), true, address)
  }
  for (const address of ['0.0.0.0', '::', '10.0.0.1', '::ffff:10.0.0.1', '128.0.0.1']) {
    t.equal(isLoopback(address), false, address)
  }
  t.equal(isLoopback((await resolveAdminOptions({ host: 'localhost' })).address), true)
  t.match(await resolveAdminOptions({ host: '[::1]' }), { host: '::1', address: '::1' })
})

t.test('an address that others can reach needs a token, and reading needs it there', async t => {
  await t.rejects(resolveAdminOptions({ host: '0.0.0.0' }), {
    code: 'OPTION_INVALID',
    message:
      'host is "0.0.0.0", which others can reach, and there is no token; write a token, or 127.0.0.1',
  })
  const token = 'token-of-the-test'
  t.match(await resolveAdminOptions({ host: '0.0.0.0', token }), { readsNeedToken: true })
  t.match(await resolveAdminOptions({ host: '::', token, readsNeedToken: false }), {
    readsNeedToken: false,
  })
  t.match(await resolveAdminOptions({ host: '0.0.0.0', unprotected: true }), {
    readsNeedToken: false,
  })
  const own = Object.values(networkInterfaces())
    .flat()
    .find(each => each?.internal === false)?.address
  if (own === undefined) t.comment('this machine has no other address')
  else await t.rejects(resolveAdminOptions({ host: own }), { code: 'OPTION_INVALID' })
})

const wrong = [
  [{ port: -1 }, 'port is -1; write a whole number, 0 to 65535'],
  [{ port: 1.5 }, 'port is 1.5; write a whole number, 0 to 65535'],
  [{ host: '' }, 'host is empty; write an address of this machine'],
  [{ token: '' }, 'token is too short or has a space in it; write 8 or more visible characters'],
  [
    { token: 'with a space' },
    'token is too short or has a space in it; write 8 or more visible characters',
  ],
  [
    { token: 'short' },
    'token is too short or has a space in it; write 8 or more visible characters',
  ],
  [{ readsNeedToken: true }, 'readsNeedToken is true and there is no token; write a token'],
] as const

for (const [options, message] of wrong) {
  t.test(`${JSON.stringify(options)} is refused`, async t => {
    await t.rejects(resolveAdminOptions(options), { code: 'OPTION_INVALID', message })
  })
}
