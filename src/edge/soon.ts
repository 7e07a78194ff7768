/** Something that may have output to flush when this turn of the event loop is over. */
export interface Flushable {
  flush(): void
}

let waiting: Flushable[] = []

/** Calls `flush` after the current turn; one timer serves all that wait. */
export const soon = (item: Flushable): void => {
  if (waiting.push(item) === 1) setImmediate(flushAll)
}

const flushAll = (): void => {
  const items = waiting
  waiting = []
  for (const item of items) item.flush()
}
