import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import type { Outcome } from '../../src/core/step.ts'
import { createStepper } from '../../src/stepper/create-stepper.ts'
import { clusterOf, replay, troubles } from './figure.ts'
import { busyEdge } from './record.ts'

const configs = [
  clusterOf('RetryInterval="1"', 'ConnectTimeout="5" ServerIOTimeout="20"'),
  clusterOf('LoadBalance="Random" RetryInterval="2"', 'ServerIOTimeout="-20" MaxConnections="2"'),
  clusterOf('IgnoreAffinityRequests="false" RetryInterval="0" PostBufferSize="0"'),
]

const outcome = fc.constantFrom<Outcome>(
  { kind: 'answered', status: 200 },
  { kind: 'answered', status: 503 },
  { kind: 'answered', status: 200, streaming: true, stream: 'pooled' },
  { kind: 'failed', cause: 'refused', code: 'ECONNREFUSED' },
  { kind: 'failed', cause: 'reset' },
  { kind: 'failed', cause: 'reset', stream: 'pooled' },
  { kind: 'failed', cause: 'read-timeout' },
  { kind: 'client-aborted' },
)

const head = fc.record(
  {
    cookie: fc.constantFrom('JSESSIONID=0000k:ax', 'JSESSIONID=0000k:bx:cx'),
    target: fc.constantFrom('/x', '/lone/x'),
  },
  { requiredKeys: [] },
)

/** What happens on the edge beside the recorded request. */
const traffic = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('route' as const), head }),
    fc.record({ do: fc.constant('report' as const), which: fc.nat(5), outcome }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0.25, 3, 1000, 2000.5) }),
  ),
  { maxLength: 12 },
)

const plain = (records: readonly object[]) => records.map(each => ({ ...each, exchange: 0 }))

t.test('a request recorded in any traffic shows its decisions again, and replays', async t => {
  const property = fc.property(
    fc.constantFrom(...configs),
    traffic,
    head,
    fc.array(fc.tuple(traffic, outcome), { maxLength: 6 }),
    (config, before, requestHead, answers) => {
      const edge = busyEdge(config)
      const others: ReturnType<typeof edge.other>[] = []
      const happen = (list: typeof before): void => {
        for (const each of list) {
          if (each.do === 'wait') edge.clock.advance(each.ms)
          else if (each.do === 'route') others.push(edge.other(each.head))
          else {
            const other = others[each.which]
            const fits = other?.step.kind === 'attempt'
            if (fits) other.report(each.outcome)
          }
        }
      }
      happen(before)
      const { exchange, told, recording } = edge.record(requestHead)
      for (const [list, answer] of answers) {
        happen(list)
        if (exchange.step.kind === 'attempt') told(answer)
        else if (exchange.step.kind === 'relay') told({ kind: 'relayed' })
      }
      while (exchange.step.kind === 'attempt' || exchange.step.kind === 'relay') {
        told({ kind: 'client-aborted' })
      }
      const recorded = recording()
      const stepper = createStepper({ config, recording: recorded })
      stepper.toEnd()
      const { view } = stepper
      const shown = view.trace.map(({ record }) => record)
      if (!isDeepStrictEqual(plain(shown), plain(recorded.records))) throw new Error('records')
      if (view.code !== recorded.code || view.notes.length > 0) throw new Error('code')
      const wrong = troubles(replay(stepper.scenario('recorded')))
      if (wrong.length > 0) throw new Error(JSON.stringify(wrong))
    },
  )
  t.doesNotThrow(() => fc.assert(property, { numRuns: 400, seed: 512 }))
})
