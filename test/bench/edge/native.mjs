import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installed } from '../processes.mjs'
import { apacheProgram, modJk, modProxyBalancer, moduleFile } from './apache.mjs'
import { haproxy } from './haproxy.mjs'
import { nginx } from './nginx.mjs'

const balancer = ['mod_proxy_balancer', 'mod_ssl']

/**
 * The servers that are no Node programs: those that are installed with what they need, and the names of the others.
 * Each runs in one process in the foreground, with sessions that stay on their server, and asks a server that does not
 * answer again after the same interval as our edge.
 */
export const nativeContenders = () => {
  const modules = names =>
    apacheProgram !== undefined && names.every(name => existsSync(moduleFile(name)))
  const all = [
    { name: 'nginx', there: installed('nginx'), prepare: withFile(nginx) },
    { name: 'HAProxy', there: installed('haproxy'), prepare: withFile(haproxy) },
    {
      name: 'Apache mod_proxy_balancer',
      there: modules(balancer),
      prepare: withFile(modProxyBalancer),
    },
    {
      name: 'Apache mod_jk',
      there: modules(['mod_jk']),
      // It speaks AJP to its servers, which has neither TLS nor upgrades.
      httpOnly: true,
      separator: '.',
      prepare: withFile(modJk),
    },
  ]
  return {
    found: all.filter(({ there }) => there),
    missing: all.filter(({ there }) => !there).map(({ name }) => name),
  }
}

/** Writes what a server is configured with, and says how it is started. */
const withFile = configure => place => {
  const { name, text, command } = configure(place)
  const file = join(place.folder, `${place.port}-${name}`)
  writeFileSync(file, text)
  return [command[0], [...command.slice(1), file]]
}
