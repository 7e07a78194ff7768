/** The tests of the core as functions to call, in the process that asks for them. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Test as TapTest, TestOpts } from 'tap'
import { freshModules } from './fresh-modules.ts'

// On being imported, tap tells the parent process its time limit; the mutation tester cannot read that.
const { send } = process
delete process.send
const { Test, t: whole } = await import('tap')
whole.setTimeout(0)
if (send !== undefined) process.send = send

/** One test, ready to run as often as needed. */
export interface CollectedTest {
  /** File and title. */
  readonly id: string
  /** @returns the first thing that did not hold; null when all of it does. */
  readonly run: () => Promise<string | null>
}

type Body = (t: TapTest) => unknown

/**
 * Loads the tests of the core, and what they test, anew.
 *
 * @param root the checkout, or a copy of it.
 * @returns all tests but the random walks, whose luck is nothing to measure tests by.
 */
export const collectTests = (root: string): CollectedTest[] => {
  const tests: CollectedTest[] = []
  let file = ''
  const add = (title: string, body: Body): void => {
    tests.push({ id: `${file}: ${title}`, run: () => firstFailure(title, body) })
  }
  const load = freshModules(root, { test: add })
  for (const name of testFiles(join(root, 'test', 'core'))) {
    file = name
    const problem = attempt(() => load(join('test', 'core', name)))
    add('loads', () => {
      if (problem !== null) throw problem
    })
  }
  return tests
}

const testFiles = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.test.ts') && !file.endsWith('.property.test.ts'))
    .sort()

const attempt = (what: () => void): unknown => {
  try {
    what()
    return null
  } catch (error) {
    return error
  }
}

const firstFailure = async (title: string, body: Body): Promise<string | null> => {
  try {
    await body(strict(new Test({ name: title } as TestOpts)))
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Assertions that throw when they do not hold: after the first there is nothing more to learn. */
const strict = (test: TapTest): TapTest =>
  new Proxy(test, {
    get: (_, name) => {
      const member: unknown = Reflect.get(test, name)
      if (typeof member !== 'function') return member
      return (...args: unknown[]): unknown => {
        const held: unknown = Reflect.apply(member, test, args)
        if (held === false) throw new Error(`t.${String(name)} does not hold: ${described(args)}`)
        return held
      }
    },
  })

const described = ([found, wanted]: readonly unknown[]): string =>
  typeof found === 'function' ? 'of a function' : `${brief(found)}, wanted ${brief(wanted)}`

const brief = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 200)
