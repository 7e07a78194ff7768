/** How CPU time grows with the size of an input, without a clock on the wall and without a limit in seconds. */

/**
 * Steepest growth that passes: linear work is 1 and n log n little more, quadratic work 2. A
 * doubling of the size may cost 2.83 times as much.
 */
export const steepest = 1.5

/**
 * The exponent by which the cost grows from size n to size 8n: the slope of a line through the
 * logarithms of the costs at n, 2n, 4n and 8n. Each cost is the median of three runs, and each run
 * repeats the work until it takes long enough to be measured. The largest goes first, and some
 * times unmeasured: what the engine spends on code it has not seen yet must not make the small ones
 * look dear and the growth flat. When the growth is too steep, all is measured again, up to three
 * times and each time longer, and the least cost of each size counts: what a busy machine adds is
 * noise, what the work itself costs stays.
 *
 * @param prepare makes the work for a size; what it does itself is not counted.
 */
export const growthExponent = (n: number, prepare: (size: number) => () => unknown): number => {
  const works = [8 * n, 4 * n, 2 * n, n].map(prepare)
  let warmth = 0
  while (warmth < 10_000) warmth += Math.max(1, costOf(works[0] as () => unknown, 1))
  let repeats = repeatsFor(works.at(-1) as () => unknown)
  let costs = works.map(() => Number.POSITIVE_INFINITY)
  for (let tries = 1; ; tries++) {
    costs = works.map((work, i) => Math.min(costs[i] as number, medianCost(work, repeats)))
    const exponent = slope(costs.toReversed().map(Math.log2))
    if (exponent < steepest || tries === 3) return exponent
    repeats *= 3
  }
}

/** How often the smallest work is done so that its cost stands out: some milliseconds. */
const repeatsFor = (work: () => unknown): number => {
  let repeats = 1
  while (costOf(work, repeats) < 1500 && repeats < 100_000) repeats *= 2
  return repeats
}

/** Of one time. */
const medianCost = (work: () => unknown, repeats: number): number => {
  const costs = Array.from({ length: 3 }, () => costOf(work, repeats)).sort((a, b) => a - b)
  return Math.max(1, costs[1] as number) / repeats
}

/** CPU microseconds of this process. */
const costOf = (work: () => unknown, repeats: number): number => {
  const before = process.cpuUsage()
  for (let i = 0; i < repeats; i++) work()
  const { user, system } = process.cpuUsage(before)
  return user + system
}

/** Least squares through values at 0, 1, 2 and 3. */
const slope = (values: readonly number[]): number => {
  const middle = (values.length - 1) / 2
  let above = 0
  let below = 0
  values.forEach((value, i) => {
    above += (i - middle) * value
    below += (i - middle) ** 2
  })
  return above / below
}
