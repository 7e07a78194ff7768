import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from '../../src/core/router.ts'
import { Client, type Complaint, type RequestKind, type Seen } from './clients.ts'
import { EdgeProcess } from './edge.ts'
import type { Ended, Measured } from './edge-process.ts'
import { type Trouble, TroubledServer, troubles } from './troubles.ts'

/** How long and how hard. */
export interface Soaking {
  readonly minutes: number
  readonly clients: number
  readonly seed: number
  /** Called now and then with a line for people. */
  readonly tell: (line: string) => void
}

export interface SoakReport {
  readonly seed: number
  readonly minutes: number
  readonly requests: number
  readonly faults: Readonly<Record<Trouble, number>>
  readonly reloads: number
  /** Requests that did not end with the answer of a server, by kind of request and cause. */
  readonly failures: Readonly<Record<string, number>>
  /** Failures that no rule allows, sessions elsewhere without a reason, answers that crossed. Must be empty. */
  readonly complaints: readonly Complaint[]
  /** Uploads that cannot be sent twice and were carried out more than once. Must be empty. */
  readonly executedTwice: readonly string[]
  readonly warnings: readonly string[]
  readonly before: Measured
  readonly after: Measured
}

/** RetryInterval of the configuration. */
const retryIntervalMs = 2000
/** ServerIOTimeout and ConnectTimeout of the configuration. */
const timeoutMs = 2000
/** A server in trouble may be noticed so late, and be avoided for so long afterwards. */
const aftermathMs = retryIntervalMs + 2 * timeoutMs + 1000
const reloadEveryMs = 3000
const troubleEveryMs = 2500

/** Lets servers fail under the feet of clients, and writes down what the clients notice. */
export const soak = async ({ minutes, clients, seed, tell }: Soaking): Promise<SoakReport> => {
  const random = seededRandom(seed)
  const executions = new Map<string, number>()
  const note = (marker: string): void => {
    executions.set(marker, (executions.get(marker) ?? 0) + 1)
  }
  const servers = ['v1', 'v2', 'v3'].map((id, i) => new TroubledServer(`m${i + 1}`, id, note))
  const folder = await mkdtemp(join(tmpdir(), 'soak-'))
  const file = join(folder, 'plugin-cfg.xml')
  let edge: EdgeProcess | null = null
  try {
    await Promise.all(servers.map(server => server.start()))
    await writeFile(file, configOf(servers, 0))
    edge = await EdgeProcess.start(file)
    const run = new Run(servers)
    const people = Array.from(
      { length: clients },
      (_, i) =>
        new Client(`client${i}`, {
          port: edge?.port ?? 0,
          random,
          saw: seen => run.saw(seen),
          complain: complaint => run.complaints.push(complaint),
        }),
    )
    edge.onEnded = ended => run.ended(ended)
    // Everybody has asked a few times: what is there now has to be there in the end.
    const lives = people.map(person => person.live())
    await pause(Math.min(4000, minutes * 15_000))
    const before = await edge.measure()
    const end = Date.now() + minutes * 60_000
    const reloading = reloads(file, servers, end)
    await makeTrouble(servers, random, end, run.faults, tell)
    await reloading
    for (const person of people) person.stop()
    await Promise.all(lives)
    const after = await edge.settled()
    return {
      seed,
      minutes,
      requests: run.requests,
      faults: run.faults,
      reloads: after.reloads,
      failures: run.failures,
      complaints: [...run.complaints, ...run.judge()],
      executedTwice: run.largeUploads.filter(marker => (executions.get(marker) ?? 0) > 1),
      warnings: edge.warnings,
      before,
      after,
    }
  } finally {
    edge?.kill()
    for (const server of servers) server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Troubles one server after another; one that is well, and has been for a while, is always left alone. */
const makeTrouble = async (
  servers: readonly TroubledServer[],
  random: () => number,
  end: number,
  faults: Record<Trouble, number>,
  tell: (line: string) => void,
): Promise<void> => {
  let told = Date.now()
  const running = new Set<Promise<void>>()
  while (Date.now() < end) {
    const sound = servers.filter(server => !server.troubledSince(Date.now() - aftermathMs))
    const well = servers.filter(server => server.well)
    const victims = well.filter(server => sound.some(other => other !== server))
    const victim = victims[Math.floor(random() * victims.length)]
    if (victim !== undefined) {
      const trouble = troubles[Math.floor(random() * troubles.length)] as Trouble
      faults[trouble]++
      victim.begin(trouble)
      const over = pause(1000 + random() * 4000).then(() => victim.end())
      running.add(over)
      void over.finally(() => running.delete(over))
    }
    if (Date.now() - told > 60_000) {
      told = Date.now()
      tell(`${Math.round((end - told) / 60_000)} minutes to go, faults ${JSON.stringify(faults)}`)
    }
    await pause(random() * 2 * troubleEveryMs)
  }
  await Promise.all(running)
}

/** Replaces the file again and again, by renaming and by writing over it in two pieces. */
const reloads = async (
  file: string,
  servers: readonly TroubledServer[],
  end: number,
): Promise<void> => {
  for (let turn = 1; Date.now() < end; turn++) {
    await pause(reloadEveryMs)
    const text = configOf(servers, turn)
    if (turn % 2 === 0) {
      await writeFile(`${file}.new`, text)
      await rename(`${file}.new`, file)
    } else await writeFile(file, text)
  }
}

/** What happened to the requests of all clients. */
class Run {
  readonly complaints: Complaint[] = []
  readonly faults: Record<Trouble, number> = { killed: 0, frozen: 0, slow: 0, resetting: 0 }
  readonly failures: Record<string, number> = {}
  readonly largeUploads: string[] = []
  requests = 0
  readonly #servers: readonly TroubledServer[]
  readonly #ended = new Map<string, Ended>()
  /** Seen by a client before the edge has told of it, or to be compared with it. */
  readonly #open = new Map<string, Seen>()

  constructor(servers: readonly TroubledServer[]) {
    this.#servers = servers
  }

  saw(seen: Seen): void {
    this.requests++
    if (seen.kind === 'large upload') this.largeUploads.push(seen.marker)
    this.#checkSession(seen)
    if (seen.status === 200) this.#ended.delete(seen.marker)
    else this.#open.set(seen.marker, seen)
  }

  ended(batch: readonly Ended[]): void {
    for (const each of batch) {
      if (each.result !== 'served' || each.status !== 200) this.#ended.set(each.marker, each)
    }
  }

  /** A session leaves its server only when that server was in trouble during the request or not long before. */
  #checkSession({ marker, status, server, sessionAt, startedAt }: Seen): void {
    if (status !== 200 || sessionAt === undefined || server === undefined) return
    const home = this.#servers.find(({ cloneId }) => cloneId === sessionAt)
    if (home === undefined || home.name === server) return
    if (!home.troubledSince(startedAt - aftermathMs)) {
      this.complaints.push({
        marker,
        what: 'session moved',
        detail: `${home.name} was well, ${server} answered`,
      })
    }
  }

  /** The failures that clients saw, with what the edge says of each. */
  judge(): readonly Complaint[] {
    const complaints: Complaint[] = []
    for (const [marker, seen] of this.#open) {
      const ended = this.#ended.get(marker)
      const cause =
        ended === undefined
          ? `status ${seen.status} of a server or lost by the client`
          : `${ended.result}${ended.reason === undefined ? '' : ` ${ended.reason}`}`
      const key = `${seen.kind}: ${cause}`
      this.failures[key] = (this.failures[key] ?? 0) + 1
      if (!isAllowed(seen.kind, ended)) {
        const detail = `${seen.kind}: ${cause}, ${ended?.code ?? ''} ${seen.status}`
        complaints.push({ marker, what: 'failed', detail })
      }
    }
    return complaints
  }
}

/** The rules that let a request end without the whole answer of a server. */
const isAllowed = (kind: RequestKind, ended: Ended | undefined): boolean => {
  // E3, F15: the client has gone, before or after the edge has seen anything of it.
  if (kind === 'leaver') return true
  if (ended === undefined) return false
  // F14: the answer broke off behind its beginning.
  if (ended.result === 'response-broken') return true
  // B4: a body that was sent in part and is not in memory.
  return kind === 'large upload' && ended.reason === 'not-replayable'
}

const configOf = (servers: readonly TroubledServer[], turn: number): string =>
  [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<!-- ${turn} -->`,
    '<Config RefreshInterval="1">',
    `  <ServerCluster Name="C" RetryInterval="${retryIntervalMs / 1000}" PostBufferSize="64">`,
    ...servers.map(
      ({ name, cloneId, port }) =>
        `    <Server Name="${name}" CloneID="${cloneId}" ConnectTimeout="${timeoutMs / 1000}" ServerIOTimeout="-${timeoutMs / 1000}" LoadBalanceWeight="${2 + (turn % 3)}"><Transport Hostname="127.0.0.1" Port="${port}" Protocol="http"/></Server>`,
    ),
    `    <PrimaryServers>${servers.map(({ name }) => `<Server Name="${name}"/>`).join('')}</PrimaryServers>`,
    '  </ServerCluster>',
    '  <UriGroup Name="U"><Uri Name="/app/*"/></UriGroup>',
    '  <Route ServerCluster="C" UriGroup="U"/>',
    '</Config>',
    '',
  ].join('\n')

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
