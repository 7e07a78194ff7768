import t from 'tap'
import { type Health, type Signal, transitions } from '../../src/core/server-state.ts'

const cases: readonly (readonly [string, Health, Signal, Health])[] = [
  ['R1 a failure takes a server down', 'up', 'failed', 'down'],
  ['R9 a failure of a request under way keeps a down server down', 'down', 'failed', 'down'],
  ['R4 a failure elsewhere leaves the flag with the probe', 'probing', 'failed', 'probing'],
  ['R6 a failed probe takes the server down again', 'probing', 'probe-failed', 'down'],
  ['a probe that fails after a late answer marks down anew', 'up', 'probe-failed', 'down'],
  ['a second failure of a settled probe changes nothing', 'down', 'probe-failed', 'down'],
  ['R3 the request that picks a down server is its probe', 'down', 'picked', 'probing'],
  ['a pick of an up server changes nothing', 'up', 'picked', 'up'],
  ['R4 there is one probe at a time', 'probing', 'picked', 'probing'],
  ['U1 an answer to the probe brings the server up', 'probing', 'answered', 'up'],
  ['U2 an answer on an older stream brings a down server up', 'down', 'answered', 'up'],
  ['an answer of an up server changes nothing', 'up', 'answered', 'up'],
  ['E3 a probe whose client left leaves the server down', 'probing', 'released', 'down'],
  ['a client that leaves changes nothing about an up server', 'up', 'released', 'up'],
  ['a client that leaves changes nothing about a down server', 'down', 'released', 'down'],
]

for (const [title, from, signal, to] of cases) {
  t.test(title, async t => {
    t.equal(transitions[from][signal], to)
  })
}
