import { Slots } from './slots.ts'

/** Something that can be ended before its time. */
export interface Cuttable {
  cut(): void
}

/** The requests under way. */
export class UnderWay extends Slots<Cuttable> {
  /** @returns how many there were. */
  cutAll(): number {
    const all = this.all()
    for (const request of all) request.cut()
    return all.length
  }
}
