import type { ServerCluster, Uri } from '../config/model.ts'

/** What the winning Route and Uri fix for a request (P3). */
export interface Binding {
  readonly cluster: string
  /** Index of the Route in the file. */
  readonly route: number
  readonly affinityCookie: string
  readonly affinityUrlIdentifier: string
  readonly removeSpecialHeaders: boolean
}

/** M7: the names belong to the Uri that decided; a Route without a UriGroup has the defaults. */
export const bindingOf = (route: number, uri: Uri | null, cluster: ServerCluster): Binding => ({
  cluster: cluster.name,
  route,
  affinityCookie: uri?.affinityCookie ?? 'JSESSIONID',
  affinityUrlIdentifier: uri?.affinityUrlIdentifier ?? 'jsessionid',
  removeSpecialHeaders: cluster.removeSpecialHeaders,
})
