import type { Reading } from './attributes.ts'
import { readAttributes } from './element-attributes.ts'
import { every, mapped, readChildren } from './elements.ts'
import type { Place } from './findings.ts'
import type { Route, Uri, UriGroup } from './model.ts'
import { routeElement, uriElement, uriGroupElement } from './schema/groups.ts'

/** Reads a UriGroup (plugin-cfg.md A.12). */
export const readUriGroup = (reading: Reading, at: Place): UriGroup => {
  const fields = readAttributes(reading, at, uriGroupElement)
  const children = readChildren(reading, [at], uriGroupElement)
  const places = every(children, 'Uri')
  const uris = mapped(places, uri => readUri(reading, uri))
  reading.origins.setChildren(uris, at, 'Uri')
  const group: UriGroup = { name: fields.name, uris }
  reading.origins.set(group, at)
  return group
}

const readUri = (reading: Reading, at: Place): Uri => {
  const fields = readAttributes(reading, at, uriElement)
  // Liberty leaves out an empty AffinityCookie; an empty one means the default as well.
  if (fields.affinityCookie !== '' && fields.affinityUrlIdentifier !== '') return fields
  return {
    name: fields.name,
    affinityCookie: fields.affinityCookie || 'JSESSIONID',
    affinityUrlIdentifier: fields.affinityUrlIdentifier || 'jsessionid',
  }
}

/** Reads a Route (A.13). The names stay names: the core resolves them. */
export const readRoute = (reading: Reading, at: Place): Route =>
  readAttributes(reading, at, routeElement)
