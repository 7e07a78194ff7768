/** Application servers in Node with sessions as WebSphere and Liberty make them: for tests, demos and fail-over on demand. */
export {
  type ApplicationServer,
  type ApplicationServerCounters,
  createApplicationServer,
} from './application-server.ts'
export type { ApplicationServerOptions } from './application-server-options.ts'
export {
  createSessionStore,
  type MemorySessionStore,
  type SessionStore,
  type SessionStoreOptions,
  type StoredSession,
} from './session-store.ts'
export type { Snoop } from './snoop-answer.ts'
