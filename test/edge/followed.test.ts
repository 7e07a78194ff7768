import t from 'tap'
import { ManualClock } from '../../src/core/clock.ts'
import { createRouter } from '../../src/core/router.ts'
import type { TraceRecord } from '../../src/core/trace.ts'
import type { ExchangeRecord } from '../../src/edge/context.ts'
import { Followed, type Following } from '../../src/edge/followed.ts'
import type { Generation } from '../../src/edge/generation.ts'
import { Recordings } from '../../src/edge/recordings.ts'
import { Witness } from '../../src/edge/witness.ts'
import { cluster, only, server } from '../support/configs.ts'

const config = only(cluster([server('A'), server('B')]))
const head = { method: 'GET', target: '/', scheme: 'http', host: 'h' } as const
const end = { status: 200, code: 'RR' } as ExchangeRecord
const silent = { onTrace: undefined, depth: 'failures', followed: null } as const

const follow = (following: Partial<Following>, atOnce: object = silent) => {
  const clock = new ManualClock()
  const recordings = new Recordings(5)
  const desk = { witness: new Witness(clock, () => 0), recordings }
  const router = createRouter(config, { clock: desk.witness, random: desk.witness.random })
  const generation = { config, router, recordedSettings: {} } as unknown as Generation
  const all = { later: null, desk, response: null, ...following }
  const followed = new Followed({ ...silent, ...atOnce }, all, generation, head)
  return { followed, recordings }
}

t.test(
  'records beyond ten thousand give way to the last one, and are no recording any more',
  async t => {
    const told: TraceRecord[] = []
    const { followed, recordings } = follow({
      later: { when: () => true, to: record => told.push(record) },
    })
    followed.route()
    const before = 10_000 - 7
    const note = (time: number): void => followed.onTrace?.({ kind: 'check', time } as TraceRecord)
    for (let i = 0; i < before; i++) note(i)
    followed.over(end)
    const whole = told.splice(0).length
    t.equal(recordings.all().length, 1)
    for (let i = whole; i < 10_003; i++) note(i)
    followed.over(end)
    t.equal(told.length, 10_000)
    t.match(told.at(-1), { time: 10_002 })
    t.match(told.at(-2), { time: 9_998 })
    t.equal(recordings.all().length, 1, 'it would not be the decisions of this request')
  },
)

t.test(
  'a request whose end is all that is wanted keeps nothing and hears of no more than others',
  async t => {
    const { followed } = follow({ desk: null, response: 'X-Why' })
    t.equal(followed.wantsEnd, false)
    t.equal(followed.onTrace, undefined)
    t.equal(followed.depth, 'failures')
    t.equal(followed.followed, followed)
    const decision = { code: 'RR', server: 'A', cluster: undefined, exchange: 1 }
    t.same(followed.decision(decision), ['X-Why', 'RR; server=A; exchange=1'])
  },
)

t.test('without a name for the field the decision is not told', async t => {
  const { followed } = follow({})
  t.equal(followed.wantsEnd, true)
  t.equal(followed.depth, 'all')
  t.same(followed.decision({ code: 'RR', server: 'A', cluster: 'c', exchange: 1 }), [])
})

t.test('who hears at once hears of what is held too', async t => {
  const heard: TraceRecord[] = []
  const { followed, recordings } = follow(
    {},
    { onTrace: (record: TraceRecord) => heard.push(record) },
  )
  const exchange = followed.route()
  followed.report(exchange, { kind: 'answered', status: 200 })
  followed.over(end)
  t.match(recordings.all(), [{ exchange: 1, records: heard, status: 200, code: 'RR' }])
  t.equal(heard.at(-1)?.kind, 'outcome')
})
