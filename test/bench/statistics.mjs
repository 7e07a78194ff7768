/** Medians and the like. Every list may come in any order and must not be empty. */

/** @param {readonly number[]} values */
export const median = values => quantile(values, 0.5)

/**
 * The value below which a share of the list lies, between two of them where it falls there.
 *
 * @param {readonly number[]} values
 * @param {number} share 0 to 1
 */
export const quantile = (values, share) => {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (sorted.length - 1) * share
  const low = sorted[Math.floor(at)]
  return low + (sorted[Math.ceil(at)] - low) * (at - Math.floor(at))
}

/**
 * How much one contender takes of what another takes: the ratio within each round, because what disturbs a shared
 * machine lasts longer than a round, then the median over the rounds.
 *
 * @param {readonly number[]} values one for each round
 * @param {readonly number[]} reference the same rounds of the reference
 */
export const compare = (values, reference) => {
  const ratios = values.map((value, round) => value / reference[round])
  return {
    ratio: median(ratios),
    low: quantile(ratios, 0.25),
    high: quantile(ratios, 0.75),
    ratios,
  }
}

/**
 * Whether a difference can be told from none at all. The control is one program measured against a second copy of
 * itself, in the same rounds: what those two differ by is noise. A difference that the rounds do not agree on is none
 * either.
 *
 * @param {readonly number[]} ratios of what is compared
 * @param {readonly number[]} control ratios of the program and its copy
 */
export const verdict = (ratios, control) => {
  const noise = Math.max(...control.map(ratio => Math.abs(Math.log(ratio))))
  const agreed = ratios.every(ratio => ratio > 1) || ratios.every(ratio => ratio < 1)
  const within = !agreed || Math.abs(Math.log(median(ratios))) <= noise
  const text = within ? 'within noise' : median(ratios) > 1 ? 'slower' : 'faster'
  return { within, noise: Math.exp(noise) - 1, text }
}

/**
 * The list in another order for each round, the same for the same round.
 *
 * @template T
 * @param {readonly T[]} list
 * @param {number} round
 * @returns {T[]}
 */
export const shuffled = (list, round) => {
  const random = generator(round + 1)
  const left = [...list]
  const mixed = []
  while (left.length > 0) mixed.push(...left.splice(Math.floor(random() * left.length), 1))
  return mixed
}

/**
 * A small repeatable source of chance.
 *
 * @param {number} seed
 * @returns {() => number} in [0, 1)
 */
export const generator = seed => {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state / 0x1_0000_0000
  }
}
