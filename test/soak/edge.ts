import { type ChildProcess, fork } from 'node:child_process'
import type { EdgeCommand, EdgeNews, EdgeOrders, Ended, Measured } from './edge-process.ts'

/** The edge in its process. */
export class EdgeProcess {
  port = 0
  readonly warnings: string[] = []
  onEnded: (batch: readonly Ended[]) => void = () => {}
  readonly #child: ChildProcess
  #measured: (measured: Measured) => void = () => {}
  #reloaded: (times: number) => void = () => {}

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  static start(config: string): Promise<EdgeProcess> {
    const orders: EdgeOrders = { config }
    const child = fork(new URL('edge-process.ts', import.meta.url), [JSON.stringify(orders)], {
      execArgv: [...process.execArgv, '--expose-gc'],
    })
    const edge = new EdgeProcess(child)
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', status => reject(new Error(`the edge has ended with ${status}`)))
      child.on('message', (news: EdgeNews) => {
        if ('ended' in news) edge.onEnded(news.ended)
        else if ('warning' in news) edge.warnings.push(news.warning)
        else if ('measured' in news) edge.#measured(news.measured)
        else if ('reloaded' in news) edge.#reloaded(news.reloaded)
        else {
          edge.port = news.listening
          resolve(edge)
        }
      })
    })
  }

  measure(): Promise<Measured> {
    return new Promise(resolve => {
      this.#measured = resolve
      this.#send('measure')
    })
  }

  /** Loads the configuration so many times, one after the other. @returns how often that went well. */
  reload(times: number): Promise<number> {
    return new Promise(resolve => {
      this.#reloaded = resolve
      this.#send({ reloads: times })
    })
  }

  /** Measured again until nothing is under way; the last measure if that never comes. */
  async settled(): Promise<Measured> {
    let measured = await this.measure()
    for (let turn = 0; turn < 100; turn++) {
      if (measured.running === 0 && measured.pending === 0 && turn > 2) break
      await pause(200)
      measured = await this.measure()
    }
    return measured
  }

  #send(command: EdgeCommand): void {
    this.#child.send(command)
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }
}

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
