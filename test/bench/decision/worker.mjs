/**
 * Measures one configuration in a process of its own, so that nothing that was compiled for another one is in the way:
 * every case with the trace off and on, and find-my-way with the same paths.
 */
import findMyWay from 'find-my-way'
import { cases, failOver, finish, headsFor, prove } from './cases.mjs'
import { configText, contextRoot, sizes } from './configs.mjs'
import { loadBuild } from './load-build.mjs'
import { batchSize, bytes, nanoseconds } from './measure.mjs'

const { folder, name, batches } = JSON.parse(process.env.WORK)
/** Memory is measured less often: it hardly differs. */
const times = Math.min(9, batches)
const size = sizes.find(one => one.name === name)
const { createRouter, readPluginConfig } = await loadBuild(folder)
const { config } = readPluginConfig(configText(size))

/** A router with a time of its own. */
const routed = traced => {
  const time = { now: 0, records: 0 }
  const onTrace = traced ? () => time.records++ : undefined
  const clock = { now: () => time.now }
  return { time, router: createRouter(config, { clock, ...(traced && { onTrace }) }) }
}

/** A process has one router. Only where servers go down it is another one, so that nobody else meets them. */
const ofTheWell = { false: routed(false), true: routed(true) }

const jobsOf = (kind, traced) => {
  const { router, time } = kind === 'failover' ? routed(traced) : ofTheWell[traced]
  const prepare = headsFor(kind, size, batchSize)
  prove(kind, router, prepare()[0], kind)
  const end = kind === 'failover' ? failOver : finish
  // With each failure the time comes at which the server may be tried again.
  const pause = kind === 'failover' ? 61_000 : 1
  const whole = {
    prepare,
    work: heads => {
      for (let i = 0; i < heads.length; i++) {
        time.now += pause
        end(router.route(heads[i]))
      }
    },
  }
  const alone = {
    prepare: () => ({ heads: prepare(), exchanges: new Array(batchSize).fill(null) }),
    work: ({ heads, exchanges }) => {
      for (let i = 0; i < heads.length; i++) {
        time.now += pause
        exchanges[i] = router.route(heads[i])
      }
    },
    after: ({ exchanges }) => exchanges.forEach(end),
  }
  return { kind, traced, whole, alone }
}

const wayFinder = () => {
  const router = findMyWay()
  for (let i = 0; i < size.uris; i++) router.on('GET', `${contextRoot(i)}/*`, () => {})
  const prepare = headsFor('affinity', size, batchSize)
  return {
    prepare,
    work: heads => {
      for (let i = 0; i < heads.length; i++) {
        if (router.find('GET', heads[i].target) === null) throw new Error('find-my-way is lost')
      }
    },
  }
}

const measured = [false, true].flatMap(traced => cases.map(kind => jobsOf(kind, traced)))
const yardstick = wayFinder()
// A route() of which nothing is reported keeps its server pending; a second one for the same failure has no meaning.
const jobs = measured.flatMap(({ kind, whole, alone }) =>
  kind === 'failover' ? [whole] : [whole, alone],
)
const spent = nanoseconds([...jobs, yardstick], batches)
const rows = measured.map(({ kind, traced, whole, alone }) => {
  const twice = jobs.includes(alone)
  return {
    kind,
    traced,
    whole: { nanoseconds: spent[jobs.indexOf(whole)], bytes: bytes(whole, times) },
    ...(twice && {
      route: { nanoseconds: spent[jobs.indexOf(alone)], bytes: bytes(alone, times) },
    }),
  }
})
process.send(
  { rows, findMyWay: { nanoseconds: spent.at(-1), bytes: bytes(yardstick, times) } },
  () => process.disconnect(),
)
