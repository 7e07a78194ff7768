import t from 'tap'
import { createSessionStore } from '../../src/appserver/session-store.ts'

const session = (n: number) => ({ attributes: { n }, createdAt: 1, lastAccessedAt: 2 })

t.test('a stored session comes back as it was written, and as another object', async t => {
  const store = createSessionStore()
  const written = session(1)
  await store.write('key', written)
  written.attributes.n = 2
  const one = await store.read('key')
  t.strictSame(one, session(1))
  t.not(await store.read('key'), one)
  t.equal(await store.read('other'), undefined)
})

t.test('a deleted session is gone', async t => {
  const store = createSessionStore()
  await store.write('key', session(1))
  t.equal(store.size, 1)
  await store.delete('key')
  await store.delete('key')
  t.equal(store.size, 0)
  t.equal(await store.read('key'), undefined)
})

t.test('a full store drops the session that was written longest ago', async t => {
  const store = createSessionStore({ maxSessions: 2 })
  await store.write('a', session(1))
  await store.write('b', session(1))
  await store.write('a', session(2))
  await store.write('c', session(1))
  t.equal(store.size, 2)
  t.equal(await store.read('b'), undefined)
  t.strictSame(await store.read('a'), session(2))
})

t.test('a store without room is refused', async t => {
  t.throws(() => createSessionStore({ maxSessions: 0 }), { code: 'OPTION_INVALID' })
})
