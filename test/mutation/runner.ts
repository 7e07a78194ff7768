/**
 * Runs the tests of the core inside the process of the mutation tester: a process for every mutant would cost seconds,
 * the tests that reach it cost milliseconds.
 */
import { INSTRUMENTER_CONSTANTS, type InstrumenterContext } from '@stryker-mutator/api/core'
import { declareFactoryPlugin, PluginKind } from '@stryker-mutator/api/plugin'
import {
  type CompleteDryRunResult,
  type DryRunResult,
  DryRunStatus,
  determineHitLimitReached,
  type MutantRunOptions,
  type MutantRunResult,
  type TestResult,
  type TestRunner,
  type TestRunnerCapabilities,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner'
import { type CollectedTest, collectTests } from './collect.ts'
import { SurvivorsReporter } from './survivors-reporter.ts'

/** What the mutated code reads: which mutant is in force, and where it notes what was reached. */
const mutated: { -readonly [K in keyof InstrumenterContext]: InstrumenterContext[K] | undefined } =
  {}
Object.assign(globalThis, { [INSTRUMENTER_CONSTANTS.NAMESPACE]: mutated })

class CoreTestRunner implements TestRunner {
  #tests: readonly CollectedTest[] | null = null

  capabilities(): TestRunnerCapabilities {
    return { reloadEnvironment: true }
  }

  async dryRun(): Promise<DryRunResult> {
    const mutantCoverage = { static: {}, perTest: {} }
    mutated.mutantCoverage = mutantCoverage
    return { ...(await run(this.#load(), false)), mutantCoverage }
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, mutantActivation, reloadEnvironment, testFilter, hitLimit } = options
    mutated.hitLimit = hitLimit
    mutated.hitCount = hitLimit === undefined ? undefined : 0
    mutated.activeMutant = mutantActivation === 'static' ? activeMutant.id : undefined
    const tests = reloadEnvironment || this.#tests === null ? this.#load() : this.#tests
    mutated.activeMutant = activeMutant.id
    const wanted = testFilter === undefined ? null : new Set(testFilter)
    const chosen = wanted === null ? tests : tests.filter(test => wanted.has(test.id))
    const result = await run(chosen, !options.disableBail)
    return toMutantRunResult(determineHitLimitReached(mutated.hitCount, hitLimit) ?? result)
  }

  #load(): readonly CollectedTest[] {
    mutated.currentTestId = undefined
    this.#tests = collectTests(process.cwd())
    return this.#tests
  }
}

const run = async (
  chosen: readonly CollectedTest[],
  untilOneFails: boolean,
): Promise<CompleteDryRunResult> => {
  const tests: TestResult[] = []
  for (const test of chosen) {
    mutated.currentTestId = test.id
    const start = performance.now()
    const failureMessage = await test.run()
    const timeSpentMs = performance.now() - start
    const facts = { id: test.id, name: test.id, timeSpentMs }
    if (failureMessage === null) tests.push({ ...facts, status: TestStatus.Success })
    else {
      tests.push({ ...facts, status: TestStatus.Failed, failureMessage })
      if (untilOneFails) break
    }
  }
  return { status: DryRunStatus.Complete, tests }
}

/** What the mutation tester looks for in a plugin. */
export const strykerPlugins = [
  declareFactoryPlugin(PluginKind.TestRunner, 'core', () => new CoreTestRunner()),
  declareFactoryPlugin(PluginKind.Reporter, 'survivors', () => new SurvivorsReporter()),
]
