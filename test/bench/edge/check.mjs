import { request } from 'node:http'
import { cookiesFor, fields } from './scenarios.mjs'

/**
 * Proves that a contender does what it is measured for: the whole answer, the right status, and where it knows
 * sessions, the right server.
 *
 * @throws Error that says what came instead
 */
export const check = async (contender, port, scenario) => {
  // The load itself looks at every message there.
  if (scenario.webSocket) return
  const servers = contender.sticky ? ['s1', 's2', 's2', 's1'] : ['s1']
  if (scenario.deadShare) servers.push('dead')
  for (const server of servers) {
    const got = await get(port, scenario, cookiesFor(server, contender.separator)).catch(error => {
      throw new Error(`${contender.name}, ${scenario.name}: ${error.message}`, { cause: error })
    })
    const rightServer = server === 'dead' || !contender.sticky || got.clone === server
    if (got.status !== 200 || got.bytes !== scenario.bytes || !rightServer) {
      throw new Error(
        `${contender.name}, ${scenario.name}: wanted 200, ${scenario.bytes} bytes of ${server}, got ` +
          `${got.status}, ${got.bytes} bytes of ${got.clone ?? 'nobody'}`,
      )
    }
  }
}

const get = (port, { path, method, body }, cookie) =>
  new Promise((resolve, reject) => {
    const headers = { ...Object.fromEntries(fields), Cookie: cookie }
    const sent = request(
      { host: '127.0.0.1', port, path, method, headers, agent: false, timeout: 5000 },
      response => {
        let bytes = 0
        response.on('data', chunk => {
          bytes += chunk.length
        })
        response.on('error', reject)
        response.on('end', () =>
          resolve({ status: response.statusCode, clone: response.headers['x-clone'], bytes }),
        )
      },
    )
    sent.on('timeout', () => sent.destroy(new Error('no answer within 5 s')))
    sent.on('error', reject)
    sent.end('x'.repeat(body))
  })
