import * as cluster from './schema/cluster.ts'
import * as config from './schema/config.ts'
import * as groups from './schema/groups.ts'
import * as side from './schema/side.ts'
import type { AttributeSpec, ElementSpec } from './schema/spec.ts'

/** Every element of plugin-cfg.xml, in the order in which products write them (plugin-cfg.md part A). */
export const elements: readonly ElementSpec[] = [
  config.configElement,
  config.logElement,
  config.configPropertyElement,
  side.intelligentManagementElement,
  side.managementPropertyElement,
  side.traceSpecificationElement,
  side.connectorClusterElement,
  side.connectorClusterPropertyElement,
  side.connectorElement,
  side.connectorPropertyElement,
  groups.virtualHostGroupElement,
  groups.virtualHostElement,
  groups.trustedProxyGroupElement,
  groups.trustedProxyElement,
  cluster.serverClusterElement,
  cluster.serverElement,
  cluster.transportElement,
  cluster.transportPropertyElement,
  cluster.clusterAddressElement,
  cluster.clusterAddressTransportElement,
  cluster.clusterAddressTransportPropertyElement,
  cluster.primaryServersElement,
  cluster.primaryServerElement,
  cluster.backupServersElement,
  cluster.backupServerElement,
  groups.uriGroupElement,
  groups.uriElement,
  groups.routeElement,
  side.requestMetricsElement,
  side.filtersElement,
  side.filterValuesElement,
]

const lastSteps = new Map(
  elements.map(spec => [spec, spec.path.slice(spec.path.lastIndexOf('/') + 1)]),
)

/** Last step of an element path. */
export const nameOf = (spec: ElementSpec): string => lastSteps.get(spec) ?? ''

const childTables = new Map<ElementSpec, ReadonlyMap<string, ElementSpec>>()

for (const parent of elements) {
  const children = new Map<string, ElementSpec>()
  for (const spec of elements) {
    if (spec.path !== `${parent.path}/${nameOf(spec)}`) continue
    for (const name of [nameOf(spec), ...(spec.spellings ?? [])]) children.set(name, spec)
  }
  childTables.set(parent, children)
}

/** The elements that may stand directly in this one, by every name they have. */
export const childrenOf = (spec: ElementSpec): ReadonlyMap<string, ElementSpec> =>
  childTables.get(spec) ?? new Map()

const nameTable = new Map<string, readonly ElementSpec[]>()

for (const spec of elements) {
  for (const name of [nameOf(spec), ...(spec.spellings ?? [])]) {
    nameTable.set(name, [...(nameTable.get(name) ?? []), spec])
  }
}

/** Elements of this name anywhere in the file. */
export const elementsNamed = (name: string): readonly ElementSpec[] => nameTable.get(name) ?? []

const childNames = new Map(
  [...nameTable].map(([name, specs]) => [
    name,
    new Set(specs.flatMap(spec => [...childrenOf(spec).keys()])),
  ]),
)

/** Whether an element of the one name may stand in an element of the other, wherever that is. */
export const fits = (parent: string, child: string): boolean =>
  childNames.get(parent)?.has(child) === true

const attributeTables = new WeakMap<readonly AttributeSpec[], ReadonlyMap<string, AttributeSpec>>()

/** Attributes (or properties) by every name they have, in lower case. */
export const byLowerCase = (
  specs: readonly AttributeSpec[],
): ReadonlyMap<string, AttributeSpec> => {
  const known = attributeTables.get(specs)
  if (known) return known
  const table = new Map<string, AttributeSpec>()
  for (const spec of specs) {
    for (const name of [spec.name, ...(spec.spellings ?? []), ...(spec.mistakes ?? [])]) {
      table.set(name.toLowerCase(), spec)
    }
  }
  attributeTables.set(specs, table)
  return table
}
