import type { Test } from 'tap'
import { last, type Stage, talk, unambiguous } from './stage.ts'
import { type Message, statusOf, valuesOf } from './wire.ts'

/** One probe. The stage is shared by the cases of a section and clean at the start of each. */
export interface Case {
  readonly title: string
  readonly run: (t: Test, stage: Stage) => Promise<void>
}

/** A case of its own. */
export const probe = (title: string, run: Case['run']): Case => ({ title, run })

/** Runs the cases of a section, one after the other. */
export const play = async (
  t: Test,
  section: string,
  cases: readonly Case[],
  stage: Stage,
): Promise<void> => {
  for (const { title, run } of cases) {
    await t.test(`${section}: ${title}`, async t => {
      stage.app.forget()
      await run(t, stage)
    })
  }
}

/** The client is refused and the application server hears nothing of it. */
export const refused = (
  title: string,
  bytes: string,
  statuses: readonly number[] = [400],
): Case => ({
  title: `${title} is refused`,
  run: async (t, { port, app }) => {
    const { messages, faults } = await talk(port, bytes + last)
    t.strictSame(app.messages(), [])
    t.strictSame(faults, [])
    const [first] = messages
    t.ok(first !== undefined && statuses.includes(statusOf(first)), first?.start ?? 'no answer')
    unambiguous(t, app)
  },
})

export interface Expected {
  /** Request line at the application server; default: not looked at. */
  readonly start?: string
  /** Default: none. */
  readonly body?: string
  readonly has?: Readonly<Record<string, readonly string[]>>
  /** Names that must not arrive. */
  readonly lacks?: readonly string[]
  /** Names and values behind the body; default: not looked at. */
  readonly trailers?: Message['trailers']
  /** What the client gets; default 200. */
  readonly status?: number
}

/** The request arrives in one clear form, and so does the one behind it. */
export const served = (title: string, bytes: string, expected: Expected = {}): Case => ({
  title,
  run: async (t, { port, app }) => {
    const seen = await talk(port, bytes + last)
    const finals = seen.messages.filter(message => statusOf(message) >= 200)
    t.strictSame(finals.map(statusOf), [expected.status ?? 200, 200])
    t.strictSame([seen.faults, seen.rest], [[], ''])
    t.equal(finals[1]?.body, '/last', 'the request behind it is served, and as itself')
    t.equal(app.messages().length, 1, 'one request has arrived')
    arrived(t, app.messages()[0], expected)
    unambiguous(t, app)
  },
})

/** One clear form or none: Node’s versions differ in what they accept. */
export const clearOrRefused = (title: string, bytes: string, body: string): Case => ({
  title: `${title} is refused, or arrives in one clear form`,
  run: async (t, { port, app }) => {
    const seen = await talk(port, bytes + last)
    t.strictSame(seen.faults, [])
    const [first] = seen.messages
    unambiguous(t, app)
    if (first !== undefined && statusOf(first) === 400) t.strictSame(app.messages(), [])
    else {
      t.strictSame(seen.messages.map(statusOf), [200, 200])
      t.strictSame(
        app.messages().map(message => message.body),
        [body],
      )
    }
  },
})

const arrived = (t: Test, message: Message | undefined, expected: Expected): void => {
  if (expected.start !== undefined) t.equal(message?.start, `${expected.start} HTTP/1.1`)
  t.equal(message?.body, expected.body ?? '')
  for (const [name, values] of Object.entries(expected.has ?? {})) {
    t.strictSame(valuesOf(message, name), values, name)
  }
  for (const name of expected.lacks ?? []) t.strictSame(valuesOf(message, name), [], name)
  if (expected.trailers !== undefined) t.strictSame(message?.trailers, expected.trailers)
}
