import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { startNode, startProgram } from '../processes.mjs'
import { nativeContenders } from './native.mjs'
import { pluginConfig } from './plugin-config.mjs'

/**
 * Something that forwards requests.
 *
 * @typedef {{
 *   name: string,
 *   sticky: boolean,
 *   separator?: string,
 *   tellsRefused?: boolean,
 *   can: (scenario: import('./scenarios.mjs').Scenario) => boolean,
 *   start: (place: Place) => Promise<{ child: import('node:child_process').ChildProcess, port: number }>,
 * }} Contender
 *
 * @typedef {{
 *   folder: string, core?: number, tls: boolean, certificates: Record<string, string>,
 *   ports: Record<'s1' | 's2' | 'tls1' | 'tls2' | 'ajp1' | 'ajp2' | 'echo' | 'dead', number>,
 * }} Place
 */

export const oursName = 'plugin-cfg-router'
export const bareName = 'bare undici'

const script = name => new URL(`../contenders/${name}.mjs`, import.meta.url)

/** A contender with one server and no failover. */
const peer = (name, file, { env = {}, upgrades = false } = {}) => ({
  name,
  sticky: false,
  can: ({ webSocket, deadShare }) => (upgrades || !webSocket) && !deadShare,
  start: async place => {
    const { child, first } = await startNode(script(file), {
      core: place.core,
      env: {
        ...env,
        TARGET: place.tls
          ? `https://127.0.0.1:${place.ports.tls1}`
          : `http://127.0.0.1:${place.ports.s1}`,
        ...(place.tls && { AUTHORITY: place.certificates.authority }),
      },
    })
    return { child, port: first.port }
  },
})

/**
 * Our edge from a build of it.
 *
 * @param {string} name
 * @param {string} folder
 * @returns {Contender}
 */
export const ours = (name, folder) => ({
  name,
  sticky: true,
  tellsRefused: true,
  can: () => true,
  start: async place => {
    const config = join(place.folder, `${place.tls ? 'tls' : 'plain'}-plugin-cfg.xml`)
    writeFileSync(config, pluginConfig(place))
    const { child, first } = await startNode(script('ours'), {
      core: place.core,
      env: { BUILD: folder, CONFIG: config },
    })
    return { child, port: first.port }
  },
})

/** @returns {readonly Contender[]} */
const nodeContenders = [
  peer(bareName, 'bare-undici', { upgrades: true }),
  peer('bare undici, first piece held', 'bare-undici', { env: { HELD: '1' } }),
  peer('fast-proxy on undici', 'fast-proxy'),
  peer('@fastify/reply-from', 'reply-from'),
  peer('httpxy', 'httpxy', { upgrades: true }),
  peer('http-proxy', 'http-proxy', { upgrades: true }),
  peer('http-proxy-middleware on Express', 'http-proxy-middleware', { upgrades: true }),
]

/** Servers that are programs of their own, as far as they are installed. */
const programs = () => {
  const { found, missing } = nativeContenders()
  return {
    missing,
    found: found.map(({ name, separator, httpOnly, prepare }) => ({
      name,
      separator,
      sticky: true,
      can: ({ tls, webSocket }) => httpOnly !== true || (!tls && !webSocket),
      start: async place => {
        const port = await freePort()
        const [command, args] = prepare({ ...place, port })
        const child = startProgram(command, args, place.core)
        await untilOpen(port)
        return { child, port }
      },
    })),
  }
}

export const allContenders = () => {
  const { found, missing } = programs()
  return { contenders: [...nodeContenders, ...found], missing }
}

/** A port that was free a moment ago, for programs that cannot choose one themselves. */
export const freePort = async () => {
  const { createServer } = await import('node:net')
  const server = createServer()
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise(resolve => server.close(resolve))
  return port
}

const untilOpen = async port => {
  for (let tries = 0; tries < 200; tries++) {
    const open = await new Promise(resolve => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => socket.destroy() && resolve(true))
      socket.once('error', () => resolve(false))
    })
    if (open) return
    await new Promise(resolve => setTimeout(resolve, 25))
  }
  throw new Error('the program opened no port')
}
