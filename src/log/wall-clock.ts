/**
 * Milliseconds since 1970 with fractions. `Date.now` has none, and the process's fine clock does not follow when the
 * time of day is set or the machine has slept; so the fine clock is used as long as the two agree.
 */
export const wallClock = (): (() => number) => {
  let origin = performance.timeOrigin
  return () => {
    const wall = Date.now()
    const fine = origin + performance.now()
    if (Math.abs(fine - wall) < 2) return fine
    origin += wall - fine
    return wall
  }
}
