/**
 * Keeps the number of series in bounds, whatever clients send and however often servers are renamed: the first `max`
 * label sets pass as they are. Later ones lose detail: the labels of the first group say `other`, and when there are
 * `max` of those sets as well, the labels of the next group. The last group should leave nothing that can vary.
 *
 * @param groups label names. A label set must have its labels in the same order every time.
 */
export const limitLabels = <L extends string>(
  max: number,
  ...groups: readonly (readonly L[])[]
): ((labels: LabelSet<L>) => LabelSet<L>) => {
  const levels = [[], ...groups].map(group => ({ group, known: new Map<string, LabelSet<L>>() }))
  return labels => {
    let reduced = labels
    for (const { group, known } of levels) {
      if (group.length > 0) reduced = withOther(labels, group)
      const key = Object.values(reduced).join(separator)
      const seen = known.get(key)
      if (seen !== undefined) return seen
      if (known.size < max) {
        known.set(key, reduced)
        return reduced
      }
    }
    return reduced
  }
}

/** The labels of one series. */
export type LabelSet<L extends string> = Readonly<Record<L, string>>

/** What a label says instead of a value too many. */
export const other = 'other'

/** No name in an XML document can contain it. */
const separator = '\0'

const withOther = <L extends string>(labels: LabelSet<L>, group: readonly L[]): LabelSet<L> => {
  const reduced: Record<L, string> = { ...labels }
  for (const name of group) reduced[name] = other
  return reduced
}
