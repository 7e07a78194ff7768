/**
 * Time and memory of a piece of work, in the process that imports this; started with `--expose-gc` and a young
 * generation so large that nothing is collected within a batch.
 */

/** Operations in one batch: about half a millisecond, so that few batches are disturbed by somebody else. */
export const batchSize = 512

/**
 * Nanoseconds per operation of several pieces of work, a batch of each in turn, so that what disturbs one disturbs its
 * neighbour too; medians over the batches. Each timed batch follows another one of the same.
 *
 * @param {readonly { prepare: () => any, work: (prepared: any) => void, after?: (prepared: any) => void }[]} jobs
 * @param {number} batches
 */
export const nanoseconds = (jobs, batches) => {
  const times = jobs.map(() => [])
  const spent = jobs.map(() => 0)
  // Compiled by then, and the memos are filled. Slow work gets fewer batches: there is less to it than its length.
  const warmUp = Math.min(40, batches)
  for (let i = 0; i < warmUp; i++) {
    jobs.forEach((job, at) => {
      if (spent[at] < budget / 4) spent[at] += timed(job)
    })
  }
  spent.fill(0)
  for (let i = 0; i < batches; i++) {
    // From another one on each time, because the first after a collection has it better.
    for (let j = 0; j < jobs.length; j++) {
      const at = (i + j) % jobs.length
      if (spent[at] > budget) continue
      const time = timed(jobs[at])
      spent[at] += time
      times[at].push(time / batchSize)
    }
  }
  return times.map(list => middle(list))
}

/** Nanoseconds that the timed batches of one piece of work may take altogether. */
const budget = 25e7

/** A batch, right after one of the same that is not timed and finds the caches full of what others have left there. */
const timed = ({ prepare, work, after }) => {
  let time = 0
  for (let turn = 0; turn < 2; turn++) {
    const prepared = prepare()
    const start = process.hrtime.bigint()
    work(prepared)
    time = Number(process.hrtime.bigint() - start)
    after?.(prepared)
  }
  return time
}

/**
 * Bytes that an operation allocates: growth of the heap where nothing is collected in between.
 *
 * @param {number} times measured so often; the median counts
 */
export const bytes = (job, times) => {
  const first = growth(job, 1, 1)
  // As many as the young generation takes with room to spare; more than one, to be finer than its pages.
  const batches = Math.max(1, Math.min(16, times, Math.floor(room / Math.max(first, 1))))
  return Math.max(0, growth(job, batches, times) / (batches * batchSize))
}

const room = 2 ** 24

/** Bytes that so many batches allocate, less what the question allocates: the median of some times. */
const growth = ({ prepare, work, after }, batches, times) => {
  const growths = []
  for (let i = 0; i < times; i++) {
    const prepared = Array.from({ length: batches }, prepare)
    globalThis.gc()
    const before = process.memoryUsage().heapUsed
    for (const batch of prepared) work(batch)
    growths.push(process.memoryUsage().heapUsed - before)
    for (const batch of prepared) after?.(batch)
  }
  return middle(growths) - cost(growths.length)
}

/** What the question itself allocates. */
const cost = times => {
  const growths = []
  for (let i = 0; i < times; i++) {
    globalThis.gc()
    const before = process.memoryUsage().heapUsed
    growths.push(process.memoryUsage().heapUsed - before)
  }
  return middle(growths)
}

const middle = list => {
  const sorted = [...list].sort((a, b) => a - b)
  return sorted[sorted.length >> 1]
}
