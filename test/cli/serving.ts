import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { run } from '../../src/cli/run.ts'

/** An application server on a port of its own. */
export const origin = async (t: Test, listener: RequestListener): Promise<number> => {
  const server = createServer(listener)
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** A configuration that sends /app to that port. */
export const configFor = (port: number, host = '127.0.0.1'): string => `<Config RefreshInterval="0">
  <VirtualHostGroup Name="any"><VirtualHost Name="*:*"/></VirtualHostGroup>
  <ServerCluster Name="App">
    <Server Name="app1" ConnectTimeout="5" ServerIOTimeout="60"><Transport Hostname="${host}" Port="${port}"/></Server>
  </ServerCluster>
  <UriGroup Name="app"><Uri Name="/app/*"/></UriGroup>
  <Route VirtualHostGroup="any" UriGroup="app" ServerCluster="App"/>
</Config>
`

/**
 * A `serve` that runs until it is told to stop; it listens on any port unless the arguments name one. `url` is the first
 * of its addresses, without the slash at the end, `urls` are all.
 */
export const serving = async (t: Test, args: readonly string[], stdin = '') => {
  let stop = (): void => {}
  const stopped = new Promise<void>(resolve => {
    stop = resolve
  })
  const output = { out: '', err: '' }
  let greeted = (_greeting: string): void => {}
  const greeting = new Promise<string>(resolve => {
    greeted = resolve
  })
  const port = args.some(arg => /^--(?:tls-)?port$/.test(arg)) ? [] : ['--port', '0']
  const status = run(['serve', ...port, ...args], {
    stdin: async () => new TextEncoder().encode(stdin),
    out: text => {
      output.out += text
      const [found] = /^serving .*$/m.exec(output.out) ?? []
      if (found !== undefined) greeted(found)
    },
    err: text => {
      output.err += text
    },
    untilStopped: () => stopped,
  })
  t.teardown(() => {
    stop()
    return status
  })
  // A server that does not come up ends before it greets.
  const first = await Promise.race([greeting, status])
  if (typeof first === 'number') throw new Error(`status ${first}: ${output.err}`)
  const urls = [...first.matchAll(/(https?:\/\/[^\s/]+)\//g)].map(([, found = '']) => found)
  return { url: urls[0] ?? '', urls, output, stop, status }
}
