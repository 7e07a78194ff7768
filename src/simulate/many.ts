/** One or several as a list. */
export const many = <T>(value: T | readonly T[]): readonly T[] =>
  Array.isArray(value) ? value : [value as T]
