import t from 'tap'
import type { ServerCluster } from '../../src/config/model.ts'
import type { AffinityDialect } from '../../src/core/options.ts'
import { User } from '../../src/simulate/user.ts'

const cluster = (cloneSeparator: ':' | '+' = ':') => ({ cloneSeparator }) as ServerCluster

const answered = (
  user: User,
  cloneId: string | undefined,
  dialect: AffinityDialect = 'websphere',
  separator: ':' | '+' = ':',
) => user.answered({ cookie: 'JSESSIONID', cluster: cluster(separator), cloneId, dialect })

t.test('V1 a first answer gives 4 characters, 23 characters and the clone ID', async t => {
  const user = new User('alice')
  t.equal(user.header(), undefined)
  answered(user, 'v544d031')
  t.equal(user.session('JSESSIONID'), '0000alice1_0123456789abcdef:v544d031')
  t.equal(user.session('JSESSIONID')?.indexOf(':'), 27)
  t.equal(user.header(), 'JSESSIONID=0000alice1_0123456789abcdef:v544d031')
  t.equal(user.session('OTHER'), undefined)
})

t.test('V4 a member that takes over appends its clone ID, once', async t => {
  const user = new User('alice')
  answered(user, 'a')
  answered(user, 'a')
  answered(user, 'b')
  answered(user, 'a')
  t.equal(user.session('JSESSIONID'), '0000alice1_0123456789abcdef:a:b')
})

t.test(
  'a clone ID that begins a listed one counts as listed, as the vendor’s servers search',
  async t => {
    const user = new User('alice')
    answered(user, 'member10')
    answered(user, 'member1')
    t.equal(user.session('JSESSIONID'), '0000alice1_0123456789abcdef:member10')
  },
)

t.test('V3 a cluster with + uses +', async t => {
  const user = new User('alice')
  answered(user, 'a', 'websphere', '+')
  answered(user, 'b', 'websphere', '+')
  t.equal(user.session('JSESSIONID'), '0000alice1_0123456789abcdef+a+b')
})

t.test('a server without a clone ID names nobody', async t => {
  const user = new User('alice')
  answered(user, undefined)
  t.equal(user.session('JSESSIONID'), '0000alice1_0123456789abcdef')
  answered(user, undefined)
  t.equal(user.session('JSESSIONID'), '0000alice1_0123456789abcdef')
  const other = new User('bob')
  answered(other, undefined, 'jvmroute')
  t.equal(other.session('JSESSIONID'), 'bob1_0123456789abcdefgh')
})

t.test('other servers replace their route', async t => {
  for (const [dialect, first, second] of [
    ['jvmroute', '.a', '.b'],
    ['jvmroute-last', '.a', '.b'],
    ['bang', '!a', '!b'],
  ] as const) {
    const user = new User('bob')
    answered(user, 'a', dialect)
    t.equal(user.session('JSESSIONID'), `bob1_0123456789abcdefgh${first}`)
    answered(user, 'a', dialect)
    answered(user, 'b', dialect)
    t.equal(user.session('JSESSIONID'), `bob1_0123456789abcdefgh${second}`)
  }
})

t.test('a cookie that a scenario made up is kept', async t => {
  const user = new User('carol')
  user.adopt('a=1; JSESSIONID=0000x:v1; nothing; b=2=3')
  t.equal(user.header(), 'a=1; JSESSIONID=0000x:v1; b=2=3')
  answered(user, 'v2')
  t.equal(user.session('JSESSIONID'), '0000x:v1:v2')
})

t.test('users have sessions of their own, 23 characters long, whatever their names', async t => {
  for (const name of ['a', 'a very long name of somebody who travels', '日本', '']) {
    const user = new User(name)
    answered(user, undefined)
    t.equal(user.session('JSESSIONID')?.length, 27, name)
  }
})
