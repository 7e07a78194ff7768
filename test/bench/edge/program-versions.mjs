import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { apacheProgram, moduleFile } from './apache.mjs'

const programs = [
  { name: 'nginx', command: ['nginx', '-v'], found: /nginx\/([\d.]+)/ },
  { name: 'HAProxy', command: ['haproxy', '-v'], found: /version ([\d.]+)/ },
  { name: 'Apache', command: [apacheProgram, '-v'], found: /Apache\/([\d.]+)/ },
]

/**
 * Versions of the programs among the contenders.
 *
 * @param {readonly import('./contenders.mjs').Contender[]} contenders
 */
export const programVersions = contenders => {
  const takesPart = name => contenders.some(contender => contender.name.startsWith(name))
  const versions = programs
    .filter(({ name }) => takesPart(name))
    .map(({ name, command: [program, ...args], found }) => {
      const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
      return [name, found.exec(`${stdout}${stderr}`)?.[1]]
    })
  if (takesPart('Apache mod_jk')) versions.push(['mod_jk', versionOfModJk()])
  return Object.fromEntries(versions)
}

/** It says it nowhere but in its own file, among what it tells clients. */
const versionOfModJk = () =>
  /mod_jk\/([\d.]+)/.exec(readFileSync(moduleFile('mod_jk'), 'latin1'))?.[1]
