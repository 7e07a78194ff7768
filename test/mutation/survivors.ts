/** Changes to one line of the core that no test can notice, because they change nothing that anyone could see. */
export interface Survivor {
  /** File below src/core. */
  readonly file: string
  /** The line as it stands, without its indentation. */
  readonly line: string
  /** What is replaced, an arrow, and by what. */
  readonly changes: readonly string[]
  readonly why: string
}

const forTypes = 'the question is for the compiler; without it the same comes out'
const neverAsked = 'nobody looks at the value before it is set'
const strangerInList =
  'what is looked for in the list is never a text, so that one more says nothing'
const sameWork = 'saves work; the long way comes to the same result'

export const survivors: readonly Survivor[] = [
  {
    file: 'affinity/clone-id.ts',
    line: 'if (value.indexOf(separator, at + 1) === -1)',
    changes: ['value.indexOf(separator, at + 1) === -1 -> false', 'at + 1 -> at - 1'],
    why: sameWork,
  },
  {
    file: 'affinity/find-clone.ts',
    line: 'moment.tracer === undefined ? (cluster.byCloneId.get(id) ?? none) : cluster.affinityList',
    changes: ['moment.tracer === undefined -> false'],
    why: sameWork,
  },
  {
    file: 'affinity/find-clone.ts',
    line: 'const none: readonly ServerState[] = []',
    changes: ['[] -> ["Stryker was here"]'],
    why: 'a text is no usable server and is passed over',
  },
  {
    file: 'affinity/find-clone.ts',
    line: "list: server.list === 'primary' || server.list === 'backup' ? server.list : 'none',",
    changes: ["server.list === 'primary' || server.list === 'backup' -> true"],
    why: `${forTypes}: a ClusterAddress has no clone ID and is in no list`,
  },
  {
    file: 'affinity/session-id.ts',
    line: "if (!target.includes(';')) return undefined",
    changes: ["!target.includes(';') -> false", '\';\' -> ""'],
    why: sameWork,
  },
  {
    file: 'affinity/session-id.ts',
    line: "while (end < path.length && path[end] !== ';' && path[end] !== '/') end++",
    changes: ['end < path.length -> end <= path.length'],
    why: 'one place beyond the end there is nothing to take along',
  },
  {
    file: 'cluster.ts',
    line: 'lists.get(server) !== undefined && (chosen[i]?.http ?? chosen[i]?.https ?? null) !== null',
    changes: ['chosen[i]?.http -> chosen[i].http', 'chosen[i]?.https -> chosen[i].https'],
    why: forTypes,
  },
  {
    file: 'cluster.ts',
    line: 'if (snapshot.cursor === null || snapshot.cursor < this.primaries.length) {',
    changes: ['snapshot.cursor === null -> false'],
    why: `${forTypes}: null is less than every length, and without primaries nobody has had a turn`,
  },
  {
    file: 'cluster.ts',
    line: 'allInService = true',
    changes: ['true -> false'],
    why: sameWork,
  },
  {
    file: 'cluster.ts',
    line: 'this.allInService = this.servers.every(server => server.outOfService === null)',
    changes: [
      'server => server.outOfService === null -> () => undefined',
      'server.outOfService === null -> false',
    ],
    why: sameWork,
  },
  {
    file: 'cluster.ts',
    line: 'if (server.cloneId === null) continue',
    changes: ['server.cloneId === null -> false'],
    why: `${forTypes}: no id of a session is null`,
  },
  {
    file: 'exchange.ts',
    line: "#why: Why = 'round-robin'",
    changes: ['\'round-robin\' -> ""'],
    why: neverAsked,
  },
  { file: 'exchange.ts', line: '#probe = false', changes: ['false -> true'], why: neverAsked },
  {
    file: 'exchange.ts',
    line: 'this.#markedBusy = world.switches.markBusyDown ? [] : nobody',
    changes: ['[] -> ["Stryker was here"]'],
    why: strangerInList,
  },
  {
    file: 'exchange.ts',
    line: 'const nobody: ServerState[] = []',
    changes: ['[] -> ["Stryker was here"]'],
    why: strangerInList,
  },
  {
    file: 'exchange.ts',
    line: 'if (this.#attempts > 1 || this.#probe) return this.#attemptStep(server, chosen, stream)',
    changes: [
      'this.#attempts > 1 || this.#probe -> true',
      'this.#attempts > 1 -> this.#attempts >= 1',
    ],
    why: `${sameWork}: the step that is kept and the one that is made are alike`,
  },
  {
    file: 'exchange.ts',
    line: 'if (known !== undefined) return known',
    changes: ['known !== undefined -> false'],
    why: `${sameWork}: the step that is kept and the one that is made are alike`,
  },
  {
    file: 'exchange.ts',
    line: "if (typeof body === 'number' && postSizeLimitBytes !== null && body > postSizeLimitBytes) {",
    changes: ["typeof body === 'number' -> true"],
    why: `${forTypes}: a text is greater than no number`,
  },
  {
    file: 'exchange.ts',
    line: 'const viaAddress = address !== null && this.#past.tried.includes(address)',
    changes: ['address !== null -> true'],
    why: forTypes,
  },
  {
    file: 'lists.ts',
    line: '(names ?? []).flatMap(name => byName.get(name) ?? [])',
    changes: ['[] -> ["Stryker was here"]'],
    why: 'no server has that name, and names that no server has are skipped',
  },
  {
    file: 'routing/host-memo.ts',
    line: "const memo = scheme === 'https' ? this.#https : this.#http",
    changes: ["scheme === 'https' -> scheme !== 'https'"],
    why: 'two memories exchanged are still two',
  },
  {
    file: 'routing/host-memo.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a line of source text
    line: 'const key = physicalPort === undefined ? header : `${header} ${physicalPort}`',
    changes: ['physicalPort === undefined -> false'],
    why: 'another key for the same entry',
  },
  {
    file: 'routing/route-table.ts',
    line: 'const uris = route.uriGroup === undefined ? undefined : uriGroups.get(route.uriGroup)',
    changes: ['route.uriGroup === undefined -> false'],
    why: forTypes,
  },
  {
    file: 'routing/target.ts',
    line: 'if (target.charCodeAt(0) === slash) return null',
    changes: ['target.charCodeAt(0) === slash -> false'],
    why: sameWork,
  },
  {
    file: 'routing/target.ts',
    line: 'for (let i = 0; i < path.length; i++) {',
    changes: ['i < path.length -> i <= path.length'],
    why: 'beyond the end there is no character to be surprised by',
  },
  {
    file: 'routing/target.ts',
    line: 'if (c <= space || c === del || isUnusual(c) || (c === dot && previous === slash)) {',
    changes: [
      'c <= space || c === del || isUnusual(c) || (c === dot && previous === slash) -> true',
      'c <= space -> c > space',
      'c === del -> c !== del',
      'c === dot && previous === slash -> c === dot || previous === slash',
      'c === dot -> true',
      'previous === slash -> true',
    ],
    why: sameWork,
  },
  {
    file: 'routing/target.ts',
    line: 'const isUnusual = (c: number): boolean => c === 0x25 || c === 0x3b || c === 0x5c || c === 0x23',
    changes: [
      'c === 0x25 || c === 0x3b || c === 0x5c || c === 0x23 -> true',
      'c === 0x25 -> c !== 0x25',
      'c === 0x3b -> c !== 0x3b',
      'c === 0x5c -> c !== 0x5c',
      'c === 0x23 -> c !== 0x23',
    ],
    why: sameWork,
  },
  {
    file: 'routing/uri-table.ts',
    line: 'a.score !== b.score ? a.score > b.score : a.exact !== b.exact ? a.exact : a.order < b.order',
    changes: ['a.score > b.score -> a.score >= b.score', 'a.order < b.order -> a.order <= b.order'],
    why: 'the scores differ there, and no two entries have one place',
  },
  {
    file: 'routing/uri-table.ts',
    line: 'readonly #folderLengths: boolean[] = []',
    changes: ['[] -> ["Stryker was here"]'],
    why: 'no folder has length 0',
  },
  {
    file: 'routing/uri-table.ts',
    line: 'let at = Math.min(path.length, lengths.length - 1) - 1',
    changes: [
      'Math.min(path.length, lengths.length - 1) - 1 -> Math.min(path.length, lengths.length - 1) + 1',
      'Math.min(path.length, lengths.length - 1) -> Math.max(path.length, lengths.length - 1)',
      'lengths.length - 1 -> lengths.length + 1',
    ],
    why: sameWork,
  },
  {
    file: 'routing/uri-table.ts',
    line: "at = path.lastIndexOf('/', at)",
    changes: ['\'/\' -> ""'],
    why: sameWork,
  },
  {
    file: 'routing/uri-table.ts',
    line: 'if (lengths[at + 1] === true) {',
    changes: ['lengths[at + 1] === true -> true'],
    why: sameWork,
  },
  {
    file: 'routing/uri-table.ts',
    line: '#lengths: readonly number[] = []',
    changes: ['[] -> ["Stryker was here"]'],
    why: 'a length that is none finds nothing',
  },
  {
    file: 'selection/check.ts',
    line: "verdict(server, true, moment) === 'busy' || (server.busy && moment.markedBusy.includes(server))",
    changes: ['true -> false'],
    why: 'whether a server is busy is asked before its weight',
  },
  {
    file: 'selection/past.ts',
    line: 'export const noPast: Past = { tried: [], downed: [], answered503: [] }',
    changes: ['[] -> ["Stryker was here"]'],
    why: strangerInList,
  },
  {
    file: 'selection/past.ts',
    line: 'if (past === noPast) return server.onlyPast',
    changes: ['past === noPast -> false'],
    why: sameWork,
  },
  {
    file: 'selection/policies.ts',
    line: 'for (let step = 0; step < n; step++) {',
    changes: ['step < n -> step <= n'],
    why: 'chance is asked only where somebody is eligible, and finds it in one round',
  },
  {
    file: 'selection/policies.ts',
    line: 'return -1',
    changes: ['-1 -> +1'],
    why: 'chance is asked only where somebody is eligible',
  },
  {
    file: 'selection/select.ts',
    line: 'if (ids.length > 0) {',
    changes: ['ids.length > 0 -> true', 'ids.length > 0 -> ids.length >= 0'],
    why: sameWork,
  },
  {
    file: 'selection/select.ts',
    line: 'leftOut === nobody ? primaries : primaries.filter(server => leftOut(server) === null)',
    changes: ['leftOut === nobody -> false'],
    why: sameWork,
  },
  {
    file: 'selection/select.ts',
    line: "return at === -1 ? null : { server: primaries[at] as ServerState, why: 'random' }",
    changes: ['at === -1 -> false'],
    why: 'chance is asked only where somebody is eligible',
  },
  {
    file: 'server.ts',
    line: 'place = -1',
    changes: ['-1 -> +1'],
    why: 'only the place of a server in a list is ever looked at',
  },
  {
    file: 'server.ts',
    line: 'readonly onlyPast: Past = { tried: [this], downed: [], answered503: [] }',
    changes: ['[] -> ["Stryker was here"]'],
    why: strangerInList,
  },
  {
    file: 'tracer.ts',
    line: 'if (cluster !== null && weightsMoved) {',
    changes: ['cluster !== null -> true'],
    why: `${forTypes}: without a cluster no weight has moved`,
  },
]
