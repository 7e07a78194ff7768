import type { PluginConfig } from '../config/model.ts'
import type { RestorableRouter } from '../core/router.ts'
import type { RecordedSettings } from '../debug/recording.ts'
import type { KeyFiles } from '../driver/keyring/key-files.ts'
import type { Streams } from '../driver/streams.ts'
import type { KnownKeyrings } from '../driver/tls-contexts.ts'
import type { TrustedProxies } from './trusted-proxies.ts'

/** What a load has made. */
export type GenerationParts = Pick<
  Generation,
  'config' | 'router' | 'streams' | 'trusted' | 'recordedSettings' | 'keyFiles' | 'keyrings'
>

/**
 * One configuration in force, with everything that lives and dies with it: its router, its streams, its trusted proxies.
 * A request holds on to the generation in which it began (Q21); a generation that was replaced closes its streams when
 * its last request is over.
 */
export class Generation {
  readonly config: PluginConfig
  readonly router: RestorableRouter
  readonly streams: Streams
  readonly trusted: TrustedProxies
  /** How the router was set up, for recordings. */
  readonly recordedSettings: RecordedSettings
  /** Tells when a certificate was renewed. */
  readonly keyFiles: KeyFiles
  /** What was read of them. */
  readonly keyrings: KnownKeyrings
  /** Tunnels alone are kept by reference: a set with every request in it would hold them in memory long after their end. */
  readonly #tunnels = new Set<Endless>()
  #running = 0
  #ending = false
  #retired: Promise<void> | null = null
  #finished: (() => void) | null = null

  constructor(parts: GenerationParts) {
    this.config = parts.config
    this.router = parts.router
    this.streams = parts.streams
    this.trusted = parts.trusted
    this.recordedSettings = parts.recordedSettings
    this.keyFiles = parts.keyFiles
    this.keyrings = parts.keyrings
  }

  /** Requests under way. */
  get running(): number {
    return this.#running
  }

  enter(): void {
    this.#running++
  }

  leave(): void {
    this.#running--
    if (this.#running === 0) this.#finished?.()
  }

  /** A request under way has become a tunnel. */
  enterTunnel(tunnel: Endless): void {
    this.#tunnels.add(tunnel)
    if (this.#ending) tunnel.end()
  }

  leaveTunnel(tunnel: Endless): void {
    this.#tunnels.delete(tunnel)
  }

  /** No new request will come. Resolves when the last one is over and the streams are closed. */
  retire(): Promise<void> {
    this.#retired ??= new Promise(resolve => {
      // Idle streams serve nobody now; those in use are closed as their requests end.
      this.streams.close()
      if (this.#running === 0) resolve()
      else this.#finished = resolve
    })
    return this.#retired
  }

  /** Ends what has no end of its own. */
  endTunnels(): void {
    this.#ending = true
    for (const tunnel of [...this.#tunnels]) tunnel.end()
  }
}

/** Something that lasts until it is ended. */
export interface Endless {
  end(): void
}
