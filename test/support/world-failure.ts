import fc from 'fast-check'
import type { RouterFactory } from './random-world.ts'
import { createReferenceRouter } from './reference/reference.ts'
import type { World } from './world-actions.ts'
import { firstBroken, layOut, replay, save } from './world-replay.ts'
import { worldScenario } from './world-scenario.ts'

/** A world in which two routers differ, and where it came from. */
export interface Found {
  readonly world: World
  readonly seed: number
  /** What it was drawn from. */
  readonly arbitrary: fc.Arbitrary<World>
}

/**
 * Prints a world as a scenario for `plugin-cfg simulate`, and writes it to a file. What only the comparison can see, such
 * as one random number too many, does not show in a scenario; then another world is looked for, in which it does.
 *
 * @param print gets one line at a time.
 * @param expected the router that is right. Default: the reference.
 * @returns the file, from the root of the repository.
 */
export const printAsScenario = (
  { world, seed, arbitrary }: Found,
  print: (line: string) => void,
  expected: RouterFactory = createReferenceRouter,
): string => {
  const title = `Core and specification differ in a random world, seed ${seed}`
  const shows = (each: World): boolean =>
    firstBroken(replay(layOut(worldScenario(each, title, expected)))) !== -1
  const visible = shows(world) ? world : search(arbitrary, shows, seed)
  const scenario = worldScenario(visible ?? world, title, expected)
  const file = save(`agreement-${seed}`, scenario)
  const at = firstBroken(replay(layOut(scenario)))
  if (visible !== world) print('the smallest world does not show it to the simulator')
  print(
    at === -1
      ? `plugin-cfg simulate ${file} passes, so that it takes the comparison to see it`
      : `plugin-cfg simulate ${file} fails at step ${at + 1}; the file:`,
  )
  for (const line of layOut(scenario).split('\n')) print(line)
  return file
}

const search = (
  arbitrary: fc.Arbitrary<World>,
  shows: (world: World) => boolean,
  seed: number,
): World | undefined =>
  fc.check(
    fc.property(arbitrary, world => !shows(world)),
    { seed, numRuns: 100 },
  ).counterexample?.[0]
