import { fork, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'

/** Processes that were started here and have not ended. */
const running = new Set()

// Whatever ends the bench ends them.
process.on('exit', () => {
  for (const child of running) killFamily(child)
})
let lastWords = () => {}
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    lastWords()
    process.exit(130)
  })
}

/** Says what is still to be done, at once, when somebody ends the bench before its time. */
export const whenInterrupted = words => {
  lastWords = words
}

const known = child => {
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** Whether a program is installed. */
export const installed = program => {
  const { status } = spawnSync('which', [program], { stdio: 'ignore' })
  return status === 0
}

const canPin = installed('taskset')

/** A core for the proxy and one for everything else, where there are two and processes can be pinned. */
const pinned = (core, command, args) =>
  canPin && core !== undefined
    ? ['taskset', ['-c', String(core), command, ...args]]
    : [command, args]

/**
 * Starts a Node program of ours and waits for its first message.
 *
 * @param {URL} script
 * @param {{ env?: Record<string, string>, nodeOptions?: string[], core?: number }} [options]
 * @returns {Promise<{ child: import('node:child_process').ChildProcess, first: any }>}
 */
export const startNode = async (script, { env = {}, nodeOptions = [], core } = {}) => {
  const child = known(
    fork(script, {
      env: { ...process.env, NODE_NO_WARNINGS: '1', ...env },
      execArgv: nodeOptions,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    }),
  )
  if (canPin && core !== undefined)
    spawnSync('taskset', ['-a', '-cp', String(core), String(child.pid)])
  const ended = new AbortController()
  try {
    const [first] = await Promise.race([
      once(child, 'message', { signal: ended.signal }),
      once(child, 'exit', { signal: ended.signal }).then(([code]) => {
        throw new Error(`${script.pathname.split('/').at(-1)} ended with code ${code}`)
      }),
    ])
    return { child, first }
  } finally {
    ended.abort()
  }
}

/** Starts any other program; it is expected to stay in the foreground. */
export const startProgram = (command, args, core) => {
  const [file, list] = pinned(core, command, args)
  return known(spawn(file, list, { stdio: ['ignore', 'ignore', 'inherit'] }))
}

/** Runs a program to its end, with its output. */
export const runProgram = async (command, args, core) => {
  const [file, list] = pinned(core, command, args)
  const child = known(spawn(file, list, { stdio: ['ignore', 'pipe', 'inherit'] }))
  let output = ''
  child.stdout.setEncoding('utf8').on('data', text => {
    output += text
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${command} ended with code ${code}`)
  return output
}

/** Asks a child of ours and waits for its answer. */
export const ask = async (child, question) => {
  child.send(question)
  const [answer] = await once(child, 'message')
  return answer
}

/** Ends a process that was started here, kindly, then for certain. */
export const stop = async child => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const patience = setTimeout(() => killFamily(child), 1500)
  await ended
  clearTimeout(patience)
}

/** nginx and Apache leave those that do their work behind when only they themselves are killed. */
const killFamily = ({ pid }) => {
  for (const member of family(pid)) {
    try {
      process.kill(member, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}

/** CPU that all threads of a process and of its children have used, microseconds. Linux only. */
export const cpuMicroseconds = pid =>
  family(pid).reduce((sum, member) => sum + threadsOf(member), 0)

const threadsOf = pid => {
  let sum = 0
  for (const thread of listed(`/proc/${pid}/task`)) {
    const [onCpu] = read(`/proc/${pid}/task/${thread}/schedstat`).split(' ')
    sum += Number(onCpu || 0) / 1000
  }
  return sum
}

/** Memory of a process and its children, MiB. Linux only. */
export const residentMiB = pid =>
  family(pid).reduce((sum, member) => {
    const [, kib = '0'] = /VmRSS:\s+(\d+)/.exec(read(`/proc/${member}/status`)) ?? []
    return sum + Number(kib) / 1024
  }, 0)

/** Servers that are no Node program work in child processes. */
const family = pid => {
  const children = read(`/proc/${pid}/task/${pid}/children`).trim().split(' ').filter(Boolean)
  return [pid, ...children.flatMap(family)]
}

const read = path => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

const listed = path => {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}
