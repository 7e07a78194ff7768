import type { ConsoleSettings } from './serve-console.ts'

/** What the process that started a worker tells it. */
export type ToWorker =
  | {
      readonly kind: 'start'
      /** Port numbers of the listeners, in their order. */
      readonly ports: readonly number[]
      readonly console: ConsoleSettings | null
    }
  | { readonly kind: 'hang-up' }
  | { readonly kind: 'stop' }

/** What a worker tells the process that started it. */
export type FromWorker =
  /** It listens for messages. */
  | { readonly kind: 'hello' }
  /** It serves; with what to say about that. */
  | { readonly kind: 'ready'; readonly greeting: string }

/** Environment variable that tells a worker its number; another program's cluster may run us as its worker, too. */
export const workerVariable = 'PLUGIN_CFG_WORKER'
