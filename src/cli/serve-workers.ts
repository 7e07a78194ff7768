import cluster, { type Worker } from 'node:cluster'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { extname } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { counted } from '../debug/counted.ts'
import { type ExitStatus, exit, type Io } from './io.ts'
import type { ConsoleSettings } from './serve-console.ts'
import { type FromWorker, type ToWorker, workerVariable } from './serve-messages.ts'
import type { Ports } from './serve-ports.ts'
import { mostInARow, restartAfter } from './serve-restarts.ts'

/** What the workers are to be. */
export interface CrewSettings {
  readonly workers: number
  /** Command line of a worker, without the program. */
  readonly args: readonly string[]
  /** What each gets on standard input; undefined: nothing. */
  readonly stdin: Uint8Array | undefined
  readonly ports: Ports
  readonly console: ConsoleSettings | undefined
  readonly drainMs: number
}

/** One place in the crew, and who fills it now. */
interface Place {
  readonly number: number
  worker: Worker | null
  /** It listens for messages. */
  hears: boolean
  /** Since when it has served; undefined: it does not yet. */
  readyAt: number | undefined
  deathsInARow: number
  timer: NodeJS.Timeout | undefined
}

/**
 * The processes of `serve --workers`, as the one that starts them sees them. They share the ports and nothing else: each
 * has its own edge and its own state, as the processes of a web server have with the plug-in.
 *
 * The first worker is started alone, because what hinders it would hinder all. One that dies is replaced. When all have died at once, again and again, the crew gives up; while others serve, it goes on trying.
 */
export class Crew {
  readonly #settings: CrewSettings
  readonly #io: Io
  readonly #places: readonly Place[]
  #ports: readonly number[] = []
  #stopping = false
  #status: ExitStatus = exit.ok
  #begun: ((greeting: string | null) => void) | null = null
  #lost: () => void = () => {}
  #ended: () => void = () => {}
  /** Resolves when the crew has given up. */
  readonly lost = new Promise<void>(resolve => {
    this.#lost = resolve
  })

  constructor(settings: CrewSettings, io: Io) {
    this.#settings = settings
    this.#io = io
    this.#places = Array.from({ length: settings.workers }, (_, index) => ({
      number: index + 1,
      worker: null,
      hears: false,
      readyAt: undefined,
      deathsInARow: 0,
      timer: undefined,
    }))
  }

  /** @returns what to say, when all have been started; null: the first could not serve, and has said why. */
  async start(): Promise<string | null> {
    this.#ports = await chosenPorts(this.#settings.ports)
    const [first, ...others] = this.#places
    const begun = new Promise<string | null>(resolve => {
      this.#begun = resolve
    })
    if (first !== undefined) this.#fill(first)
    const greeting = await begun
    if (greeting !== null && !this.#stopping) for (const place of others) this.#fill(place)
    return greeting
  }

  /** Tells all to open and read their files again. */
  hangUp(): void {
    for (const place of this.#places) this.#tell(place, { kind: 'hang-up' })
  }

  /** Lets all finish what they do, and ends those that do not. */
  async stop(): Promise<ExitStatus> {
    this.#stopping = true
    const ended = new Promise<void>(resolve => {
      this.#ended = resolve
    })
    for (const place of this.#places) {
      clearTimeout(place.timer)
      // One that does not listen yet does not serve yet.
      if (place.hears) this.#tell(place, { kind: 'stop' })
      else place.worker?.process.kill('SIGKILL')
    }
    this.#look()
    const timer = setTimeout(() => {
      for (const { number, worker } of this.#places) {
        if (worker === null) continue
        this.#io.err(`worker ${number} does not end, and is killed\n`)
        worker.process.kill('SIGKILL')
      }
    }, this.#settings.drainMs + graceMs)
    await ended
    clearTimeout(timer)
    return this.#status
  }

  #fill(place: Place): void {
    const { args, stdin, console } = this.#settings
    cluster.setupPrimary({
      exec: fileURLToPath(new URL(`./main${extname(import.meta.url)}`, import.meta.url)),
      args: [...args],
      execArgv: process.execArgv,
      stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
    })
    const worker = cluster.fork({ [workerVariable]: place.number })
    Object.assign(place, { worker, hears: false, readyAt: undefined, timer: undefined })
    const { process: child } = worker
    child.stdin?.on('error', ignore)
    child.stdin?.end(stdin)
    // What it says before it serves is the reason why it does not: held until that is known.
    const held = new Output(`worker ${place.number}: `, this.#begun !== null)
    held.follow(child.stdout, this.#io.out)
    held.follow(child.stderr, this.#io.err)
    worker.on('error', ignore)
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'hello') {
        place.hears = true
        if (this.#stopping) this.#tell(place, { kind: 'stop' })
        const own = console && { ...console, port: portOf(console.port, place.number) }
        this.#tell(place, { kind: 'start', ports: this.#ports, console: own ?? null })
        return
      }
      place.readyAt = performance.now()
      held.release(true)
      this.#begin(message.greeting)
    })
    child.on('close', (code: number | null, signal: NodeJS.Signals | null) => {
      held.release(this.#begun === null)
      this.#died(place, code, signal)
    })
  }

  #begin(greeting: string | null): void {
    this.#begun?.(greeting)
    this.#begun = null
  }

  #died(place: Place, code: number | null, signal: NodeJS.Signals | null): void {
    const { number, readyAt, hears } = place
    place.worker = null
    place.hears = false
    place.readyAt = undefined
    if (this.#stopping) {
      // A worker that did not serve yet was killed by us.
      if (code !== 0 && hears) this.#status = exit.bad
      this.#begin(null)
      this.#look()
      return
    }
    if (this.#begun !== null) {
      this.#status = code === exit.usage ? exit.usage : exit.bad
      this.#begin(null)
      return
    }
    const how = signal === null ? `with status ${code}` : `by ${signal}`
    const servedMs = readyAt === undefined ? 0 : performance.now() - readyAt
    const { inARow, delayMs } = restartAfter(place.deathsInARow, servedMs)
    place.deathsInARow = inARow
    const served = readyAt === undefined ? ' before it served' : ''
    const othersServe = this.#places.some(each => each.readyAt !== undefined)
    if (inARow >= mostInARow && !othersServe) {
      this.#io.err(
        `worker ${number} ended ${how}${served}, ${counted(inARow, 'time')} in a row, and no other worker serves: giving up; what the workers have said above is the reason\n`,
      )
      this.#status = exit.bad
      this.#lost()
      return
    }
    const when = delayMs === 0 ? 'now' : `in ${delayMs / 1000} s`
    this.#io.err(`worker ${number} ended ${how}${served}; another is started ${when}\n`)
    place.timer = setTimeout(() => this.#fill(place), delayMs)
  }

  #tell({ worker, hears }: Place, message: ToWorker): void {
    if (hears && worker?.isConnected() === true) worker.send(message, ignore)
  }

  #look(): void {
    if (this.#places.every(({ worker }) => worker === null)) this.#ended()
  }
}

/** Puts a free port in the place of each 0, so that all workers, and those that replace them, share the same. */
const chosenPorts = async ({ host, ports }: Ports): Promise<readonly number[]> => {
  const servers = ports.map(({ number }) => (number === 0 ? createServer() : null))
  const numbers: number[] = []
  for (const [index, server] of servers.entries()) {
    numbers.push(server === null ? (ports[index]?.number ?? 0) : await freePort(server, host))
  }
  await Promise.all(servers.map(server => server && new Promise(done => server.close(done))))
  return numbers
}

/** 0 where there is none to be had: a worker will say why. */
const freePort = (server: Server, host: string): Promise<number> =>
  new Promise(resolve => {
    server.once('error', () => resolve(0))
    server.listen({ port: 0, host, exclusive: true }, () =>
      resolve((server.address() as AddressInfo).port),
    )
  })

/** The admin endpoint of each worker has a port of its own. */
const portOf = (first: number, number: number): number => (first === 0 ? 0 : first + number - 1)

/** How much longer than its requests a worker may take to end. Milliseconds. */
const graceMs = 5_000

const ignore = (): void => {}

/** What a worker prints, line by line, with its name before each line. */
class Output {
  readonly #name: string
  #held: ((named: boolean) => void)[] | null

  constructor(name: string, held: boolean) {
    this.#name = name
    this.#held = held ? [] : null
  }

  follow(stream: Readable | null, write: (text: string) => void): void {
    let rest = ''
    const print = (line: string): void => {
      if (this.#held === null) write(`${this.#name}${line}\n`)
      else this.#held.push(named => write(`${named ? this.#name : ''}${line}\n`))
    }
    stream?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) print(line)
    })
    stream?.on('end', () => {
      if (rest !== '') print(rest)
    })
    stream?.on('error', ignore)
  }

  /** Prints what was held, with the name or without. */
  release(named: boolean): void {
    const held = this.#held ?? []
    this.#held = null
    for (const print of held) print(named)
  }
}
