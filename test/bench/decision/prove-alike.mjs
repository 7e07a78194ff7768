import { deepStrictEqual } from 'node:assert'
import { generator } from '../statistics.mjs'
import { cases, headsFor } from './cases.mjs'
import { configText } from './configs.mjs'

/** Everything that can come of an attempt or of a relay. */
const outcomes = {
  attempt: [
    { kind: 'answered', status: 200, stream: 'pooled', streaming: true },
    { kind: 'answered', status: 503, stream: 'new', streaming: true },
    { kind: 'answered', status: 500, stream: 'new' },
    { kind: 'failed', cause: 'refused', stream: 'new', code: 'ECONNREFUSED' },
    { kind: 'failed', cause: 'connect-timeout', stream: 'new' },
    { kind: 'failed', cause: 'reset', stream: 'new', bodySent: true },
    { kind: 'failed', cause: 'reset', stream: 'pooled' },
    { kind: 'failed', cause: 'read-timeout', stream: 'new' },
    { kind: 'client-aborted' },
    { kind: 'client-failed' },
  ],
  relay: [{ kind: 'relayed' }, { kind: 'failed', cause: 'reset' }, { kind: 'client-aborted' }],
  buffer: [
    { kind: 'buffered', bytes: 10, complete: true },
    { kind: 'buffered', bytes: 10, complete: false },
    { kind: 'client-aborted' },
  ],
}

/**
 * Sends the same random requests and outcomes through a router of each build and compares every step, code and, from
 * time to time, the whole state. Answers that work are the most frequent, so that servers come up again.
 *
 * @param {readonly any[]} builds modules of the package
 * @param {number} seed
 * @param {number} requests
 * @returns number of steps that were compared
 * @throws AssertionError at the first difference
 */
export const proveAlike = (builds, seed, requests) => {
  const random = generator(seed + 99)
  const one = list => list[Math.floor(random() * list.length)]
  const size = { uris: 20, clusters: 5, servers: 3, hosts: 3 }
  let now = 0
  const routers = builds.map(({ createRouter, readPluginConfig }) =>
    createRouter(readPluginConfig(configText(size)).config, {
      clock: { now: () => now },
      random: generator(seed + 7),
    }),
  )
  const heads = cases.flatMap(kind => headsFor(kind, size, 64)())
  const open = []
  let compared = 0
  const alike = list => {
    compared++
    for (const other of list.slice(1)) deepStrictEqual(other, list[0])
  }
  for (let i = 0; i < requests; i++) {
    now += Math.floor(random() * 4000)
    const head = { ...one(heads), body: random() < 0.2 ? 10 : 0 }
    open.push(routers.map(router => router.route(head)))
    // Some requests are under way together.
    while (open.length > 8 || (open.length > 0 && random() < 0.6)) {
      const [exchanges] = open.splice(Math.floor(random() * open.length), 1)
      for (let steps = 0; steps < 20; steps++) {
        alike(exchanges.map(({ step, code, number }) => ({ step, code, number })))
        const possible = outcomes[exchanges[0].step.kind]
        if (possible === undefined) break
        const outcome = random() < 0.6 ? possible[0] : one(possible)
        for (const exchange of exchanges) exchange.report(outcome)
      }
    }
    if (i % 50 === 0) alike(routers.map(router => router.snapshot()))
  }
  return compared
}
