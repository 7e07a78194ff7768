import type { VirtualHost, VirtualHostGroup } from '../../config/model.ts'
import { canMatch, type HostPort, keyOf } from './virtual-host.ts'

/** Knows by which alias of a virtual host group a request matched, for the trace; routing itself does not ask. */
export class Aliases {
  readonly #groups = new Map<string | undefined, Map<string, VirtualHost>>()

  constructor(groups: readonly VirtualHostGroup[]) {
    for (const { name, virtualHosts } of groups) {
      const byKey = new Map<string, VirtualHost>()
      for (const alias of virtualHosts) {
        const key = keyOf(alias.host, alias.port)
        if (canMatch(alias) && !byKey.has(key)) byKey.set(key, alias)
      }
      this.#groups.set(name, byKey)
    }
  }

  /**
   * The most specific one, the first among equals (E1).
   *
   * @param group undefined: the Route has none, and takes every host.
   */
  match(group: string | undefined, { host, port }: HostPort): VirtualHost | undefined {
    const byKey = this.#groups.get(group)
    return (
      byKey?.get(keyOf(host, port)) ??
      byKey?.get(keyOf(host, null)) ??
      byKey?.get(keyOf(null, port)) ??
      byKey?.get(keyOf(null, null))
    )
  }
}
