import type { PluginConfig } from '../config/model.ts'

/** Stands where a secret was. */
export const notShown = '(not shown)'

/** What the names of attributes and properties that hold secrets have in common, `SSLPKCSPassword` and `pwd` alike. */
const secret = /passw|passphrase|pwd|secret|credential|token|private.?key/i

/**
 * A configuration as strangers may see it: the values of passwords are taken out, wherever in the file they stood, in
 * attributes that the reader knows and in those that it does not. Names of keyrings and stash files stay.
 */
export const redacted = (config: PluginConfig): PluginConfig => cleaned(config) as PluginConfig

const cleaned = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(cleaned)
  if (typeof value !== 'object' || value === null) return value
  const members = value as Readonly<Record<string, unknown>>
  return Object.fromEntries(
    Object.entries(members).map(([key, inner]) => [
      key,
      typeof inner === 'string' && holdsSecret(key, members) ? notShown : cleaned(inner),
    ]),
  )
}

/** Whether a text is a secret by its own name, or by the name beside it: `{ name: 'password', value: ... }`. */
const holdsSecret = (key: string, beside: Readonly<Record<string, unknown>>): boolean =>
  secret.test(key) ||
  (key === 'value' &&
    [beside.name, beside.attribute, beside.path].some(
      name => typeof name === 'string' && secret.test(lastPart(name)),
    ))

/** Of a path of elements the last one counts: a cluster may be called what it likes. */
const lastPart = (name: string): string =>
  name.slice(name.lastIndexOf('/') + 1).replace(/\[.*\]$/, '')
