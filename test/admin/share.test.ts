import t from 'tap'
import { Share } from '../../src/admin/share.ts'

/** A share whose time passes when the test says so. */
const shared = () => {
  let now = 0
  const pauses: { readonly ms: number; readonly done: () => void }[] = []
  const share = new Share({
    now: () => now,
    wait: (ms, done) => pauses.push({ ms, done }),
  })
  /** Work that takes so long. */
  const work = (ms: number) => () => {
    now += ms
    return ms
  }
  return { share, pauses, work }
}

t.test('after a piece of work the next one waits nine times as long', async t => {
  const { share, pauses, work } = shared()
  t.equal(await share.run(work(100)), 100)
  let done = false
  const second = share.run(work(10)).then(ms => {
    done = true
    return ms
  })
  await new Promise(resolve => setImmediate(resolve))
  t.equal(done, false)
  t.match(pauses, [{ ms: 900 }])
  pauses[0]?.done()
  t.equal(await second, 10)
  t.match(pauses, [{ ms: 900 }, { ms: 90 }])
})

t.test('small work waits for nobody, and keeps its order', async t => {
  const { share, pauses, work } = shared()
  t.same(await Promise.all([share.run(work(1)), share.run(work(2)), share.run(work(0))]), [1, 2, 0])
  t.same(pauses, [])
})

t.test('work that throws, or waits itself, lets the next one go on', async t => {
  const { share, pauses, work } = shared()
  const broken = share.run(() => {
    throw new Error('broken')
  })
  await t.rejects(broken, { message: 'broken' })
  let finish = (): void => {}
  const waiting = share.run(
    () =>
      new Promise<string>(resolve => {
        finish = () => resolve('late')
      }),
  )
  t.equal(await share.run(work(1)), 1, 'what the work waits for is not counted')
  finish()
  t.equal(await waiting, 'late')
  t.same(pauses, [])
})
