import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import t from 'tap'
import { loadPluginConfig } from '../../src/config/load.ts'
import { reach } from './reach.ts'
import { noRealFiles, readRealFiles } from './real-files.ts'

/** Routes of real files that no request reaches, counted from 1, with the reason. */
const unreachable: Readonly<Record<string, string>> = {
  '007 Route 1': 'its UriGroup is empty',
  '008 Route 1': 'its UriGroup is empty',
}

t.test('M1 M2 M3 E1 E19 each Route of each usable real file gets requests of its own', async t => {
  const files = await readRealFiles()
  if (files === null) return t.comment(noRealFiles)
  const never: string[] = []
  let routes = 0
  let requests = 0
  for (const { key, config } of files.filter(file => file.usable)) {
    const reached = reach(config)
    t.strictSame(reached.differences, [], key)
    never.push(...reached.never.map(route => `${key} Route ${route}`))
    routes += reached.routes
    requests += reached.requests
  }
  t.strictSame(never, Object.keys(unreachable), 'the others are listed')
  t.comment(`${requests} requests; ${routes - never.length} of ${routes} Routes reached`)
  for (const [name, reason] of Object.entries(unreachable)) t.comment(`${name}: ${reason}`)
})

const samples = resolve(import.meta.dirname, '../../plugin-cfg')

t.test('M1 M2 M3 E1 E19 each Route of each sample gets requests of its own', async t => {
  for (const name of (await readdir(samples)).filter(file => file.endsWith('.xml'))) {
    const { config } = await loadPluginConfig(join(samples, name))
    const { differences, never, routes } = reach(config)
    t.strictSame(differences, [], name)
    t.strictSame(never, [], `${name}: ${routes} Routes`)
  }
})
