import type { Reading } from './attributes.ts'
import { readAttributes, readProperties } from './element-attributes.ts'
import { every, readChildren, readPropertyList, toProperties } from './elements.ts'
import type { Place } from './findings.ts'
import type { IntelligentManagement, RequestMetrics } from './model.ts'
import * as side from './schema/side.ts'

/** Reads RequestMetrics (plugin-cfg.md A.14). */
export const readRequestMetrics = (reading: Reading, at: Place): RequestMetrics => {
  const fields = readAttributes(reading, at, side.requestMetricsElement)
  const children = readChildren(reading, [at], side.requestMetricsElement)
  const metrics: RequestMetrics = {
    ...fields,
    filters: every(children, 'filters').map(filter => ({
      ...readAttributes(reading, filter, side.filtersElement),
      values: every(readChildren(reading, [filter], side.filtersElement), 'filterValues').map(
        value => readAttributes(reading, value, side.filterValuesElement),
      ),
    })),
  }
  reading.origins.set(metrics, at)
  return metrics
}

/** Reads IntelligentManagement (A.15). */
export const readIntelligentManagement = (reading: Reading, at: Place): IntelligentManagement => {
  readAttributes(reading, at, side.intelligentManagementElement)
  const children = readChildren(reading, [at], side.intelligentManagementElement)
  const properties = readPropertyList(reading, children, side.managementPropertyElement)
  readProperties(reading, side.intelligentManagementElement.properties, properties)
  const management: IntelligentManagement = {
    properties: toProperties(reading, properties),
    traceSpecifications: every(children, 'TraceSpecification').map(trace => {
      const fields = readAttributes(reading, trace, side.traceSpecificationElement)
      reading.origins.set(fields, trace)
      return fields
    }),
    connectorClusters: every(children, 'ConnectorCluster').map(cluster =>
      readConnectorCluster(reading, cluster),
    ),
  }
  reading.origins.set(management, at)
  return management
}

const readConnectorCluster = (
  reading: Reading,
  at: Place,
): IntelligentManagement['connectorClusters'][number] => {
  const fields = readAttributes(reading, at, side.connectorClusterElement)
  const children = readChildren(reading, [at], side.connectorClusterElement)
  const properties = readPropertyList(reading, children, side.connectorClusterPropertyElement)
  readProperties(reading, side.connectorClusterElement.properties, properties)
  return {
    ...fields,
    properties: toProperties(reading, properties),
    connectors: every(children, 'Connector').map(connector => {
      const inside = readChildren(reading, [connector], side.connectorElement)
      const settings = readPropertyList(reading, inside, side.connectorPropertyElement)
      readProperties(reading, side.connectorElement.properties, settings)
      return {
        ...readAttributes(reading, connector, side.connectorElement),
        properties: toProperties(reading, settings),
      }
    }),
  }
}
