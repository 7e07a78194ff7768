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

export const bindingOf = (route: number, uri: Uri | null, cluster: ServerCluster): Binding => ({
  cluster: cluster.name,
  route,
  ...affinityNames(uri),
  removeSpecialHeaders: cluster.removeSpecialHeaders,
})

/**
 * M7: the names belong to the Uri that decided; a Route without a UriGroup has the defaults. So has a model made by hand
 * with an empty name, which nothing could be looked up by.
 */
export const affinityNames = (
  uri: Uri | null,
): Pick<Binding, 'affinityCookie' | 'affinityUrlIdentifier'> => ({
  affinityCookie: uri?.affinityCookie || 'JSESSIONID',
  affinityUrlIdentifier: uri?.affinityUrlIdentifier || 'jsessionid',
})
