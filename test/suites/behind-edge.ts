import { spawn, spawnSync } from 'node:child_process'
import { createServer } from 'node:http'
import type { Test } from 'tap'
import { edgeConfig } from '../support/edge-config.ts'
import { edgeOn, listen } from '../support/loopback.ts'

export interface Edges {
  /** The port that is asked. */
  readonly control: number
  /** Requests that have passed through all edges together. */
  readonly passed: () => number
}

/**
 * Puts an edge in front of whatever server a suite of somebody else starts: the suite asks `GET /PORT` here for the port
 * of an edge before the server at PORT, and sends its clients there.
 */
export const edgesOnDemand = async (t: Test): Promise<Edges> => {
  let passed = 0
  const edges = new Map<number, Promise<number>>()
  const edgeBefore = async (port: number): Promise<number> => {
    // A suite that closes its server opens the next one at once, perhaps at the same port.
    const config = edgeConfig([{ port, serverIoTimeoutMs: 30_000 }], {
      // Bodies arrive as they are sent, not whole.
      cluster: { retryIntervalMs: 1000, postBufferSizeBytes: 0 },
    })
    // What a suite says about its clients in X-Forwarded-For is meant for its server.
    return (
      await edgeOn(t, config, {
        clientForwarded: 'keep',
        onExchange: () => passed++,
        limits: { bodyTimeoutMs: 1000 },
      })
    ).port
  }
  const server = createServer(async (request, response) => {
    const port = Number(request.url?.slice(1))
    const edge = edges.get(port) ?? edgeBefore(port)
    edges.set(port, edge)
    response.end(String(await edge))
  })
  return { control: await listen(t, server), passed: () => passed }
}

/** Output of a program, both streams in the order in which they came. */
export interface Ran {
  readonly exit: number | null
  readonly text: string
}

/** Runs a program to its end; it is ended with the test. */
export const run = (
  t: Test,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...noProxies, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    t.teardown(() => child.kill('SIGKILL'))
    let text = ''
    const add = (chunk: Buffer): void => {
      text += chunk.toString('utf8')
    }
    child.stdout.on('data', add)
    child.stderr.on('data', add)
    child.on('error', reject)
    child.on('close', exit => resolve({ exit, text }))
  })

/** Loopback must be reached without whatever proxy the machine has. */
const noProxies = {
  http_proxy: '',
  HTTP_PROXY: '',
  https_proxy: '',
  HTTPS_PROXY: '',
  no_proxy: '*',
}

/** Why a suite cannot run here: the command that shows it is installed fails; false: it can. */
export const notInstalled = (
  command: string,
  args: readonly string[],
  packages: string,
): string | false =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0
    ? false
    : `not installed; on Debian: apt-get install --no-install-recommends ${packages}`

/** The Python of Debian, whose packages another one that comes first in the path would not see. */
export const python = '/usr/bin/python3'
