import { startNode, stop } from '../processes.mjs'
import { certificates } from './certificates.mjs'
import { freePort } from './contenders.mjs'

/**
 * Starts the servers behind all contenders and says where they are.
 *
 * @param {string} folder for what contenders write
 * @param {{ pin: boolean, ajp?: boolean }} how ajp: also servers that speak AJP
 * @returns {Promise<{ place: import('./contenders.mjs').Place, stop: () => Promise<unknown> }>}
 */
export const startOrigins = async (folder, { pin, ajp = false }) => {
  const keys = await certificates()
  const core = pin ? 1 : undefined
  const start = (name, env) => startNode(new URL(`${name}.mjs`, import.meta.url), { env, core })
  const env = { KEY: keys.serverKey, CERTIFICATE: keys.serverCertificate }
  const started = [await start('origin', env)]
  if (ajp) started.push(await start('ajp-origin', {}))
  const ports = { dead: await freePort() }
  for (const { first } of started) Object.assign(ports, first.ports)
  return {
    place: { folder, ports, tls: false, certificates: keys, core: pin ? 0 : undefined },
    stop: () => Promise.all(started.map(({ child }) => stop(child))),
  }
}
