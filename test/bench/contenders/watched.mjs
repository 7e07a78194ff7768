/** Our edge, which says on request how its process is. Needs --expose-gc. */
import { readdirSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { edge } from './ours.mjs'

const resolution = 10
const delay = monitorEventLoopDelay({ resolution })
delay.enable()

const mebibytes = bytes => bytes / 2 ** 20

/** The timer that is watched rests for so long between two of its turns: only what goes beyond it is delay. */
const late = share => Math.max(0, delay.percentile(share) / 1e6 - resolution)

const answers = {
  'load begins': () => {
    delay.reset()
    return {}
  },
  'load is over': () => ({
    rss: mebibytes(process.memoryUsage.rss()),
    delay50: late(50),
    delay99: late(99),
  }),
  'at rest': async () => {
    // Memory of buffers is given back by the collection after the one that finds them unused.
    for (let i = 0; i < 3; i++) {
      globalThis.gc()
      await new Promise(setImmediate)
    }
    const { heapUsed, external } = process.memoryUsage()
    const { running, idleStreams, replayBytes } = edge.counters()
    return {
      heap: mebibytes(heapUsed),
      external: mebibytes(external),
      handles: process.getActiveResourcesInfo().length,
      descriptors: readdirSync('/proc/self/fd').length,
      running,
      idleStreams,
      replayBytes,
    }
  },
}
process.on('message', async question => {
  if (Object.hasOwn(answers, question)) process.send(await answers[question]())
})
