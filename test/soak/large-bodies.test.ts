import { fork } from 'node:child_process'
import http from 'node:http'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { EdgeProcess } from './edge.ts'

/*
 * Bodies much larger than memory go through the edge in both directions while its memory stays where it is, also when
 * the reader is slow. `npm run test:soak -- --gigabytes 10` for more than the ordinary 0.2.
 */

const gigabytes = Number(process.env.SOAK_GIGABYTES ?? 0.2)
const size = Math.round(gigabytes * 1e9)
/** Buffers on the way, and what the garbage collector leaves for later. */
const allowedGrowth = 96 * 2 ** 20

const edgeFor = async (t: Test): Promise<EdgeProcess> => {
  const server = fork(new URL('endless-server.ts', import.meta.url))
  t.teardown(() => server.kill('SIGKILL'))
  const port = await new Promise(resolve => server.once('message', resolve))
  const folder = t.testdir({
    'plugin-cfg.xml': `<Config><ServerCluster Name="C"><Server Name="m1"><Transport Hostname="127.0.0.1" Port="${port}"/></Server></ServerCluster><UriGroup Name="U"><Uri Name="/*"/></UriGroup><Route ServerCluster="C" UriGroup="U"/></Config>`,
  })
  const edge = await EdgeProcess.start(join(folder, 'plugin-cfg.xml'))
  t.teardown(() => edge.kill())
  return edge
}

const download = (port: number, bytes: number): Promise<number> =>
  new Promise((resolve, reject) => {
    http.get({ host: '127.0.0.1', port, path: `/?size=${bytes}`, agent: false }, response => {
      let got = 0
      response.on('data', (chunk: Buffer) => {
        got += chunk.length
      })
      response.on('end', () => resolve(got))
      response.on('error', reject)
    })
  })

const upload = (port: number, bytes: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = { 'Content-Length': bytes }
    const request = http.request(
      { host: '127.0.0.1', port, path: '/', method: 'POST', agent: false, headers },
      response => {
        let text = ''
        response.on('data', chunk => {
          text += chunk
        })
        response.on('end', () => resolve(Number(text)))
      },
    )
    request.on('error', reject)
    const piece = Buffer.alloc(65_536, 'x')
    let left = bytes
    const more = (): void => {
      while (left > 0) {
        const chunk = left >= piece.length ? piece : piece.subarray(0, left)
        left -= chunk.length
        if (!request.write(chunk)) {
          request.once('drain', more)
          return
        }
      }
      request.end()
    }
    more()
  })

for (const [name, move] of [
  ['download', download],
  ['upload', upload],
] as const) {
  t.test(`${gigabytes} GB of ${name} pass through flat memory`, async t => {
    const edge = await edgeFor(t)
    t.equal(await move(edge.port, 20_000_000), 20_000_000)
    const before = await edge.measure()
    t.equal(await move(edge.port, size), size)
    const after = await edge.measure()
    const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`
    t.comment(
      `peak ${megabytes(after.peakRssBytes)}, before ${megabytes(before.peakRssBytes)}, loop delay p99 ${after.loopDelayP99Ms.toFixed(1)} ms`,
    )
    t.ok(after.peakRssBytes - before.peakRssBytes < allowedGrowth)
    t.equal(after.running, 0)
  })
}
