import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

/** One fact that a public source shows. Its members are those of the recording; see routing.md 11. */
export type Fact = Readonly<Record<string, unknown>> & { readonly kind: string }

/** One element of the recorded scenarios, as far as it is compared with ours. */
export interface Recorded {
  readonly id: string
  readonly source_url: string
  readonly config: {
    readonly cluster?: string
    readonly servers?: readonly {
      readonly name: string
      readonly cloneId?: string
      readonly transports?: readonly { readonly host?: string }[]
    }[]
  }
  readonly expected: readonly Fact[]
}

/** The recording is not ours to publish; it lies beside the repository where there is one. */
const file = new URL('../../../shared/corpus/trace-scenarios.json', import.meta.url)

/** The recorded scenarios; null when they are not there. */
export const readRecorded = async (): Promise<readonly Recorded[] | null> =>
  existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as Recorded[]) : null
