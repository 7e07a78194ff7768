import type { PluginConfig } from '../../../src/config/model.ts'
import { ManualClock } from '../../../src/core/clock.ts'
import type { AttemptStep, Outcome } from '../../../src/core/step.ts'
import { createReferenceRouter } from '../../support/reference/reference.ts'
import { bodyBytes, type Case, causes, type Result } from './cases.ts'
import { configOf } from './configuration.ts'

/*
 * What must come of a case, from the reference router, which is written from the rules and shares no code with the core.
 */

const anywhere = { others: [{}, {}], m1: {} }

export const predict = (each: Case): Result => {
  const config = configOf(each, {
    ...anywhere,
    m1: each.fault === 'F18 no transport' ? { protocol: 'http' } : {},
    others:
      each.fault === 'F18 no transport' ? [{ protocol: 'https' }, { protocol: 'https' }] : [{}, {}],
  })
  const router = createReferenceRouter(config, {
    clock: new ManualClock(),
    random: () => 0,
    transportUsable: (_, owner) => !(each.fault === 'F17 unresolvable' && owner === 'm1'),
  })
  if (each.streams === 'pooled') warmUp(router, config)
  if (each.fault === 'F16 busy') router.route(head(each, true))
  return play(each, router)
}

const head = (each: Case, holding = false) => ({
  method: holding || each.request === 'GET' ? 'GET' : 'POST',
  target: '/',
  host: 'h',
  scheme: each.fault === 'F18 no transport' ? ('https' as const) : ('http' as const),
  ...(each.affinity && { cookie: 'JSESSIONID=0000KEY:c1' }),
  body: holding
    ? 0
    : each.request === 'POST chunked'
      ? ('unknown' as const)
      : bodyBytes[each.request],
})

/** One request to every server, in turn. */
const warmUp = (router: ReturnType<typeof createReferenceRouter>, config: PluginConfig): void => {
  for (const _ of config.clusters[0]?.servers ?? []) {
    const exchange = router.route({ method: 'GET', target: '/', host: 'h', scheme: 'http' })
    exchange.report({ kind: 'answered', status: 200 })
  }
}

const play = (each: Case, router: ReturnType<typeof createReferenceRouter>): Result => {
  const exchange = router.route(head(each))
  const bytes = bodyBytes[each.request]
  const attempts: string[] = []
  const received: string[] = []
  let buffered = bytes === 0
  let status = 0
  for (;;) {
    const { step } = exchange
    if (step.kind === 'buffer') {
      buffered = step.maxBytes === null || bytes <= step.maxBytes
      const read = buffered ? bytes : (step.maxBytes ?? 0) + 1
      exchange.report({ kind: 'buffered', bytes: read, complete: buffered })
    } else if (step.kind === 'attempt') {
      const pooled =
        each.streams === 'pooled' && step.stream === 'any' && !attempts.includes(step.server)
      attempts.push(step.server)
      const again = attempts.filter(server => server === step.server).length > 1
      const outcome = outcomeOf(each, step, pooled, again, !buffered)
      const arrived = outcome.kind !== 'failed' || reached(outcome)
      if (arrived) received.push(`${step.server}:${bytes}`)
      if (outcome.kind === 'answered') status = outcome.status
      exchange.report(outcome)
      if (outcome.kind === 'answered' && outcome.streaming === true) {
        if (exchange.step.kind === 'relay') {
          exchange.report({ kind: 'failed', cause: 'reset' })
          status = 0
        }
      }
    } else {
      if (step.kind === 'fail') status = step.status
      if (step.kind === 'done' && step.result !== 'served') status = 0
      const [cluster] = router.snapshot().clusters
      return { status, attempts, received, health: (cluster?.servers ?? []).map(s => s.health) }
    }
  }
}

/** Whether the request had been written when the attempt failed. */
const reached = ({ cause }: Extract<Outcome, { kind: 'failed' }>): boolean =>
  cause === 'reset' || cause === 'read-timeout' || cause === 'malformed'

const outcomeOf = (
  each: Case,
  { server }: AttemptStep,
  pooled: boolean,
  again: boolean,
  bodySent: boolean,
): Outcome => {
  const stream = pooled ? 'pooled' : 'new'
  const well: Outcome = { kind: 'answered', status: 200, stream, bodySent }
  if (server !== 'm1') return well
  const cause = causes[each.fault]
  if (cause !== undefined) {
    if (each.fault === 'F6 stale, then well' && again) return well
    const written = reached({ kind: 'failed', cause })
    return { kind: 'failed', cause, stream, bodySent: written && bodySent }
  }
  switch (each.fault) {
    case 'F11 503':
      return { kind: 'answered', status: 503, stream, bodySent }
    case 'F12 500':
      return { kind: 'answered', status: 500, stream, bodySent }
    case 'F12 404':
      return { kind: 'answered', status: 404, stream, bodySent }
    case 'F14 answer broken off':
      return { kind: 'answered', status: 200, stream, bodySent, streaming: true }
    case 'F15 client gone':
      return { kind: 'client-aborted' }
    default:
      return well
  }
}
