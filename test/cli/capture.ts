import { run } from '../../src/cli/run.ts'

/** What a command line did. */
export interface Captured {
  readonly status: number
  readonly out: string
  readonly err: string
}

/** Runs a command line in this process. `stop` ends commands that run until they are stopped. */
export const captured = async (
  args: readonly string[],
  { stdin = '', stop = Promise.resolve(), columns = undefined as number | undefined } = {},
): Promise<Captured> => {
  let out = ''
  let err = ''
  const status = await run(args, {
    stdin: async () => new TextEncoder().encode(stdin),
    out: text => {
      out += text
    },
    err: text => {
      err += text
    },
    columns,
    untilStopped: () => stop,
  })
  return { status, out, err }
}
