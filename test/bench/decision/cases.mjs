import { generator } from '../statistics.mjs'
import { cloneId, contextRoot, hostName } from './configs.mjs'

/** Requests that differ in what decides about their server. */
export const cases = ['affinity', 'new session', 'no cookie', 'URL carrier', 'decline', 'failover']

/**
 * Makes request heads whose texts are new every time, as those are that a parser hands over: nobody has hashed or
 * flattened them yet. They go to all URIs and hosts of the configuration alike.
 *
 * @param {string} kind one of `cases`
 * @param {import('./configs.mjs').Size} size
 * @param {number} count
 */
export const headsFor = (kind, size, count) => {
  const random = generator(count + kind.length)
  const upTo = limit => Math.floor(random() * limit)
  const plans = Array.from({ length: count }, () => {
    const uri = upTo(size.uris / size.clusters) * size.clusters + upTo(size.asked)
    // A failure must meet the same server every time, which is due for another try by then.
    const server = kind === 'failover' ? 0 : upTo(size.servers)
    const clone = cloneId(uri % size.clusters, server)
    const root = kind === 'decline' ? `/other${uri}` : contextRoot(uri)
    const parameter = kind === 'URL carrier' ? `;jsessionid=${sessionId}:${clone}` : ''
    const target = `${root}/orders/${upTo(100_000)}/view${parameter}?id=${upTo(1000)}`
    const carried = kind === 'affinity' || kind === 'failover'
    const cookie = `theme=dark; _ga=GA1.2.1234567890.1700000000; ${carried ? `JSESSIONID=${sessionId}:${clone}; ` : ''}lang=en`
    return [target, hostName(upTo(size.hosts)), cookie].map(text => Buffer.from(text, 'latin1'))
  })
  return () =>
    plans.map(([target, host, cookie]) => ({
      method: 'GET',
      target: target.latin1Slice(),
      scheme: 'http',
      host: host.latin1Slice(),
      localPort: 80,
      cookie: kind === 'no cookie' ? undefined : [cookie.latin1Slice()],
      body: 0,
    }))
}

const sessionId = '0000aBcDeFgHiJkLmNoPqRsTuV'

const answered = { kind: 'answered', status: 200, stream: 'pooled', streaming: true }
const relayed = { kind: 'relayed' }
const refused = { kind: 'failed', cause: 'refused', stream: 'new', code: 'ECONNREFUSED' }

/** What is done with each exchange to its end. */
export const finish = exchange => {
  if (exchange.step.kind !== 'attempt') return
  exchange.report(answered)
  exchange.report(relayed)
}

/** The same after a first server that refuses. */
export const failOver = exchange => {
  exchange.report(refused)
  finish(exchange)
}

/**
 * Proves that a case is what its name says.
 *
 * @throws Error that says what the router decided instead
 */
export const prove = (kind, router, head, clone) => {
  const exchange = router.route(head)
  const first = exchange.step
  if (kind === 'failover') exchange.report(refused)
  const { step } = exchange
  const right =
    kind === 'decline'
      ? step.kind === 'decline'
      : kind === 'new session' || kind === 'no cookie'
        ? step.why === 'round-robin'
        : first.why === 'affinity' && (kind === 'failover') === (step.why === 'round-robin')
  if (!right) throw new Error(`${kind}: the router decided ${JSON.stringify(step)} (${clone})`)
  finish(exchange)
}
