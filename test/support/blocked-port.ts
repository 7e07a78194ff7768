import { spawn } from 'node:child_process'
import net from 'node:net'
import type { Test } from 'tap'

const listener = `
require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
  require('node:fs').writeSync(1, this.address().port + '\\n')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
})`

/**
 * A port on which the kernel lets nobody in any more: a process listens with the shortest queue, never accepts, and the
 * queue is full. Connecting to it neither succeeds nor fails.
 */
export const blockedPort = async (t: Test): Promise<number> => {
  const child = spawn(process.execPath, ['-e', listener], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  const port = await new Promise<number>(resolve =>
    child.stdout.once('data', line => resolve(Number(line))),
  )
  for (;;) {
    const socket = net.connect(port, '127.0.0.1')
    socket.on('error', () => {})
    t.teardown(() => socket.destroy())
    const connected = await new Promise(resolve => {
      socket.once('connect', () => resolve(true))
      setTimeout(resolve, 100, false)
    })
    if (connected === false) return port
  }
}
