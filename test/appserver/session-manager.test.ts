import t from 'tap'
import { SessionManager } from '../../src/appserver/session-manager.ts'
import { createSessionStore } from '../../src/appserver/session-store.ts'
import { ManualClock } from '../../src/core/clock.ts'

const manager = (store = createSessionStore(), clock = new ManualClock()) =>
  new SessionManager({ store, idLength: 23, inactiveIntervalMs: 1000, clock })

t.test('sessions 1.3 rule 6 a store is not asked for a key of another length', async t => {
  const asked: string[] = []
  const rows = createSessionStore()
  const sessions = manager({
    ...rows,
    read: key => {
      asked.push(key)
      return undefined
    },
  })
  for (const key of ['short', 'A2MB4IJozU_VM8IffsMNfdR', null]) {
    t.equal(await sessions.find({ version: 1, key, clones: '' }), undefined)
  }
  t.strictSame(asked, ['A2MB4IJozU_VM8IffsMNfdR'])
})

t.test(
  'a server keeps a limited number of copies beside a store and reads the others again',
  async t => {
    const store = createSessionStore()
    const sessions = manager(store)
    const first = sessions.create()
    await sessions.save(first)
    for (let i = 0; i < 1000; i++) sessions.create()
    const again = await sessions.find({ version: 1, key: first.key, clones: ':A' })
    t.equal(again?.version, 2)
    t.equal(sessions.loaded, 1)
  },
)

t.test('a server without a store keeps every session until it has expired', async t => {
  const clock = new ManualClock()
  const sessions = new SessionManager({
    store: undefined,
    idLength: 23,
    inactiveIntervalMs: 1000,
    clock,
  })
  const first = sessions.create()
  for (let i = 0; i < 5000; i++) sessions.create()
  t.equal(await sessions.find({ version: 0, key: first.key, clones: '' }), first)
  clock.advance(1001)
  t.equal(await sessions.find({ version: 0, key: first.key, clones: '' }), undefined)
})

t.test(
  'a session that was ended is not written again by a request that still holds it',
  async t => {
    const store = createSessionStore()
    const sessions = manager(store)
    const session = sessions.create()
    await sessions.save(session)
    await sessions.invalidate(session)
    await sessions.save(session)
    t.equal(store.size, 0)
  },
)

t.test('a server that has ended writes nothing', async t => {
  const store = createSessionStore()
  const sessions = manager(store)
  const session = sessions.create()
  sessions.end()
  await sessions.save(session)
  t.equal(store.size, 0)
})
