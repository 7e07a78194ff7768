/** A step that cannot be carried out; nothing can follow it. */
export class CannotGoOn extends Error {
  override readonly name: string = 'CannotGoOn'
  /** What of the step is wrong, such as `.network.m1`, or from `$` on when it is not in the step; empty: all of it. */
  readonly path: string

  constructor(message: string, path = '') {
    super(message)
    this.path = path
  }
}
