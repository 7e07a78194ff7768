import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus, totalmem } from 'node:os'
import { root } from './places.mjs'

/** What a reader needs to judge the figures, and nothing that names the machine. */
export const machine = () => ({
  date: new Date().toISOString().slice(0, 10),
  node: process.versions.node,
  v8: process.versions.v8,
  platform: `${process.platform} ${process.arch}`,
  cores: cpus().length,
  processor: cpus()[0]?.model.replace(/\s+/g, ' ').trim() ?? 'unknown',
  memoryGiB: Math.round(totalmem() / 2 ** 30),
})

/**
 * Versions of the packages that take part.
 *
 * @param {readonly string[]} names
 */
export const versions = names =>
  Object.fromEntries(names.map(name => [name, versionOf(name)]).filter(([, version]) => version))

const need = createRequire(import.meta.url)

const versionOf = name => {
  for (const folder of need.resolve.paths(name) ?? []) {
    try {
      return JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8')).version
    } catch {
      // Not in this folder.
    }
  }
  return undefined
}

/** Version of this package. */
export const ourVersion = () =>
  JSON.parse(readFileSync(new URL('package.json', root), 'utf8')).version
