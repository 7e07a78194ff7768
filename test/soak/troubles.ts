import { type ChildProcess, fork } from 'node:child_process'
import type { ServerCommand, ServerMode, ServerNews, ServerOrders } from './server.ts'

/** What can be done to a server. */
export const troubles = ['killed', 'frozen', 'slow', 'resetting'] as const
export type Trouble = (typeof troubles)[number]

/** An application server that troubles happen to. */
export class TroubledServer {
  readonly name: string
  readonly cloneId: string
  port = 0
  /** When it was last not well, by the wall clock; 0: never. */
  lastTroubleAt = 0
  #trouble: Trouble | null = null
  #child: ChildProcess | null = null
  readonly #executed: (marker: string) => void

  constructor(name: string, cloneId: string, executed: (marker: string) => void) {
    this.name = name
    this.cloneId = cloneId
    this.#executed = executed
  }

  get well(): boolean {
    return this.#trouble === null
  }

  /** Whether it was in trouble at any time since then. */
  troubledSince(time: number): boolean {
    return !this.well || this.lastTroubleAt >= time
  }

  start(): Promise<void> {
    const orders: ServerOrders = { name: this.name, cloneId: this.cloneId, port: this.port }
    const child = fork(new URL('server.ts', import.meta.url), [JSON.stringify(orders)])
    this.#child = child
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.on('message', (news: ServerNews) => {
        if ('executed' in news) this.#executed(news.executed)
        else {
          this.port = news.listening
          resolve()
        }
      })
    })
  }

  begin(trouble: Trouble): void {
    this.#trouble = trouble
    if (trouble === 'killed') this.#child?.kill('SIGKILL')
    else if (trouble === 'frozen') this.#child?.kill('SIGSTOP')
    else this.#tell({ mode: trouble })
  }

  async end(): Promise<void> {
    if (this.#trouble === 'killed') await this.start()
    else if (this.#trouble === 'frozen') this.#child?.kill('SIGCONT')
    else this.#tell({ mode: 'well' satisfies ServerMode })
    this.#trouble = null
    this.lastTroubleAt = Date.now()
  }

  stop(): void {
    this.#child?.kill('SIGKILL')
  }

  #tell(command: ServerCommand): void {
    if (this.#child?.connected === true) this.#child.send(command)
  }
}
