/**
 * Two copies of the build as it is and one without the trace calls, in one process, a batch of each in turn. First they
 * prove that they decide alike.
 */
import { cases, failOver, finish, headsFor } from './cases.mjs'
import { configText, sizes } from './configs.mjs'
import { loadBuild } from './load-build.mjs'
import { batchSize, nanoseconds } from './measure.mjs'
import { proveAlike } from './prove-alike.mjs'

const { builds, batches, turn, requests } = JSON.parse(process.env.WORK)
const size = sizes[0]

/** Compiled in another order in each process, because the first may have it better. */
const order = builds.map((_, i) => builds[(i + turn) % builds.length])
const modules = new Map()
for (const { name, folder } of order) {
  modules.set(name, await loadBuild(folder))
}
const compared = proveAlike([...modules.values()], turn, requests)

const jobOf = ({ createRouter, readPluginConfig }, kind) => {
  let now = 0
  const { config } = readPluginConfig(configText(size))
  const router = createRouter(config, { clock: { now: () => now } })
  const end = kind === 'failover' ? failOver : finish
  const pause = kind === 'failover' ? 61_000 : 1
  return {
    prepare: headsFor(kind, size, batchSize),
    work: heads => {
      for (let i = 0; i < heads.length; i++) {
        now += pause
        end(router.route(heads[i]))
      }
    },
  }
}

const measured = cases.flatMap(kind =>
  order.map(({ name }) => ({ kind, name, job: jobOf(modules.get(name), kind) })),
)
const times = nanoseconds(
  measured.map(({ job }) => job),
  batches,
)
const rows = measured.map(({ kind, name }, i) => ({ kind, name, nanoseconds: times[i] }))
process.send({ compared, rows }, () => process.disconnect())
