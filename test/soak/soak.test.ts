import t from 'tap'
import { soak } from './soak.ts'

/*
 * Servers that die, freeze, dawdle and reset under 200 clients. One minute where `CI` is set, a quarter of one otherwise;
 * `npm run test:soak -- --minutes 30` for longer.
 */

const minutes = Number(process.env.SOAK_MINUTES ?? (process.env.CI === undefined ? 0.25 : 1))
const seed = Number(process.env.SOAK_SEED ?? Date.now() % 1_000_000)

t.test(`${minutes} minutes of failing servers, seed ${seed}`, async t => {
  const report = await soak({ minutes, clients: 200, seed, tell: line => t.comment(line) })
  const { before, after, complaints, warnings, ...figures } = report
  t.comment(JSON.stringify({ ...figures, executedTwice: report.executedTwice.length }, null, 2))
  t.comment(JSON.stringify({ before, after }, null, 2))
  t.ok(report.requests > minutes * 60 * 100, `${report.requests} requests`)
  for (const what of ['foreign answer', 'broken upload'] as const) {
    t.strictSame(
      complaints.filter(each => each.what === what),
      [],
      `no ${what}`,
    )
  }
  t.strictSame(
    complaints.filter(each => each.what === 'session moved'),
    [],
    '2.3 every session stays on its server while that is well',
  )
  t.strictSame(
    complaints.filter(each => each.what === 'failed').slice(0, 20),
    [],
    '§7 no request fails while a server can take it, F14, F15 and B4 apart',
  )
  t.strictSame(report.executedTwice, [], 'B4 nothing that cannot be replayed is carried out twice')
  t.strictSame(warnings, [])
  t.equal(after.running, 0, 'no request is under way in the end')
  t.equal(after.pending, 0, '5.1 no server is thought to be busy in the end')
  // E5: half of the files are written over in place, and one that is read in the middle of that is refused.
  t.ok(after.failedReloads * 20 <= after.reloads, `${after.failedReloads} files were half written`)
  t.ok(after.reloads >= minutes * 15, `${after.reloads} reloads`)
  const grown = after.heapBytes / before.heapBytes
  t.ok(grown < 1.25, `the heap has grown by a factor of ${grown.toFixed(2)}`)
  const { TCPSocketWrap = 0, TCPSOCKETWRAP = 0 } = after.resources
  t.ok(TCPSocketWrap + TCPSOCKETWRAP <= 12, 'no more sockets than a few idle streams')
})
