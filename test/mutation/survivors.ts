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

const twoWays =
  'where the loop does not say where a path ends, the pattern does; they differ in time'

export const survivors: readonly Survivor[] = [
  {
    file: 'affinity/clone-id.ts',
    line: 'if (server.cloneId !== null) found.get(server.cloneId)?.push(server)',
    changes: [
      'server.cloneId !== null -> true',
      'found.get(server.cloneId)?.push -> found.get(server.cloneId).push',
    ],
    why: `${forTypes}: who is in a list is a server of the cluster`,
  },
  {
    file: 'affinity/clone-id.ts',
    line: 'while (at < to && ids.length < mostIds) {',
    changes: ['at < to -> at <= to'],
    why: 'one place beyond the end there is no part',
  },
  {
    file: 'affinity/clone-id.ts',
    line: 'if (text.length - from <= near) {',
    changes: [
      'text.length - from <= near -> true',
      'text.length - from <= near -> false',
      'text.length - from <= near -> text.length - from < near',
      'text.length - from <= near -> text.length - from > near',
      'text.length - from -> text.length + from',
      '{ const found = text.indexOf(mark, from) return found === -1 ? to : Math.min(found, to) } -> {}',
    ],
    why: 'two ways to look for one place; they differ in time',
  },
  {
    file: 'affinity/find-clone.ts',
    line: "list: server.list === 'primary' || server.list === 'backup' ? server.list : 'none',",
    changes: ["server.list === 'primary' || server.list === 'backup' -> true"],
    why: `${forTypes}: a ClusterAddress has no clone ID and is in no list`,
  },
  {
    file: 'affinity/find-clone.ts',
    line: 'moment.tracer === undefined ? id.servers : cluster.affinityList',
    changes: ['moment.tracer === undefined -> false'],
    why: sameWork,
  },
  {
    file: 'affinity/session-id.ts',
    line: "const first = target.indexOf(';')",
    changes: ['\';\' -> ""'],
    why: sameWork,
  },
  {
    file: 'affinity/session-id.ts',
    line: 'if (first === -1) return -1',
    changes: ['first === -1 -> false'],
    why: sameWork,
  },
  {
    file: 'affinity/session-id.ts',
    line: 'while (at !== -1 && at < end) {',
    changes: ['at < end -> true', 'at < end -> at <= end'],
    why: `${sameWork}: no value is found beyond the end`,
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
    file: 'exchange.ts',
    line: "if (typeof body === 'number' && postSizeLimitBytes !== null && body > postSizeLimitBytes) {",
    changes: ["typeof body === 'number' -> true"],
    why: `${forTypes}: a text is greater than no number`,
  },
  {
    file: 'exchange.ts',
    line: 'const viaAddress = address !== null && this.#past().tried.includes(address)',
    changes: ['address !== null -> true'],
    why: forTypes,
  },
  {
    file: 'exchange.ts',
    line: "return codeAt(this.#step, this.#known().trail, this.#choice?.why ?? 'round-robin')",
    changes: ['\'round-robin\' -> ""'],
    why: 'no code tells how a server was chosen where none was',
  },
  {
    file: 'exchange.ts',
    line: 'if (probe !== this.#known().probe) this.#kept().probe = probe',
    changes: ['probe !== this.#known().probe -> true'],
    why: sameWork,
  },
  {
    file: 'exchange.ts',
    line: 'if (this.#attempts > 1 || probe) return this.#attemptStep(choice, chosen, stream)',
    changes: ['this.#attempts > 1 || probe -> true', 'this.#attempts > 1 -> this.#attempts >= 1'],
    why: `${sameWork}: the step that is kept and the one that is made are alike`,
  },
  {
    file: 'exchange.ts',
    line: 'const moment = this.#failures === undefined ? shared : new Moment(clock)',
    changes: ['this.#failures === undefined -> false'],
    why: sameWork,
  },
  {
    file: 'history.ts',
    line: 'probe: false,',
    changes: ['false -> true'],
    why: 'every choice says anew whether its attempt is a probe',
  },
  {
    file: 'history.ts',
    line: 'markedBusy: [],',
    changes: ['[] -> ["Stryker was here"]'],
    why: strangerInList,
  },
  {
    file: 'lists.ts',
    line: '(names ?? []).flatMap(name => byName.get(name) ?? [])',
    changes: ['[] -> ["Stryker was here"]'],
    why: 'no server has that name, and names that no server has are skipped',
  },
  {
    file: 'reason-code.ts',
    line: "if (trail === '') return pair",
    changes: ["trail === '' -> false", '\'\' -> "Stryker was here!"'],
    why: sameWork,
  },
  {
    file: 'router.ts',
    line: 'const path = plain === -1 ? foldPath(target, this.#world.switches.ambiguousPaths) : target',
    changes: ['plain === -1 -> true'],
    why: sameWork,
  },
  {
    file: 'router.ts',
    line: 'const authority = plain === -1 ? authorityOf(target) : null',
    changes: ['plain === -1 -> true'],
    why: sameWork,
  },
  {
    file: 'routing/compiled-tables.ts',
    line: 'let target = entry.target === null ? undefined : targets.get(entry.target)',
    changes: [
      'entry.target === null -> true',
      'entry.target === null -> false',
      'entry.target === null -> entry.target !== null',
    ],
    why: sameWork,
  },
  {
    file: 'routing/compiled-tables.ts',
    line: 'if (target === undefined) {',
    changes: ['target === undefined -> true'],
    why: sameWork,
  },
  {
    file: 'routing/compiled-tables.ts',
    line: 'if (entry.target !== null) targets.set(entry.target, target)',
    changes: [
      'entry.target !== null -> true',
      'entry.target !== null -> false',
      'entry.target !== null -> entry.target === null',
    ],
    why: sameWork,
  },
  {
    file: 'routing/compiled-tables.ts',
    line: 'if (route === entry.route) return entry',
    changes: ['route === entry.route -> false'],
    why: sameWork,
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
    file: 'routing/host-memo.ts',
    line: 'if (this.#young.size >= this.#most) {',
    changes: ['this.#young.size >= this.#most -> this.#young.size > this.#most'],
    why: 'one host more or less in the memo changes no answer',
  },
  {
    file: 'routing/host-memo.ts',
    line: "#lastKey = ''",
    changes: ['\'\' -> "Stryker was here!"'],
    why: neverAsked,
  },
  {
    file: 'routing/host-memo.ts',
    line: 'if (this.#last !== null && key === this.#lastKey) return this.#last',
    changes: ['this.#last !== null && key === this.#lastKey -> false'],
    why: sameWork,
  },
  {
    file: 'routing/host-memo.ts',
    line: 'if (old !== undefined) this.set(key, old)',
    changes: ['old !== undefined -> true'],
    why: 'an entry without a host says as much as none',
  },
  {
    file: 'routing/target.ts',
    line: 'if (target.charCodeAt(0) === slash) return null',
    changes: ['target.charCodeAt(0) === slash -> false'],
    why: sameWork,
  },
  {
    file: 'routing/target.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a line of source text
    line: 'if (path.charCodeAt(0) !== slash) path = `/${path}`',
    changes: ['path.charCodeAt(0) !== slash -> false'],
    why: `${sameWork}: the slow way begins every path with a slash`,
  },
  {
    file: 'routing/target.ts',
    line: 'if (length < longTarget) {',
    changes: [
      'length < longTarget -> true',
      'length < longTarget -> false',
      'length < longTarget -> length <= longTarget',
      'length < longTarget -> length >= longTarget',
      '{ const end = shortPathEnd(target) if (end !== -1) return end } -> {}',
    ],
    why: twoWays,
  },
  {
    file: 'routing/target.ts',
    line: 'if (end !== -1) return end',
    changes: ['end !== -1 -> false'],
    why: twoWays,
  },
  {
    file: 'routing/target.ts',
    line: 'return length <= longestMatched && plainTarget.test(target) ? pathEndOf(target) : -1',
    changes: ['length <= longestMatched -> length < longestMatched'],
    why: sameWork,
  },
  {
    file: 'routing/target.ts',
    line: 'return parameters === -1 || parameters > end ? end : parameters',
    changes: ['parameters > end -> parameters >= end'],
    why: 'at the end there is a query or nothing, and no parameter',
  },
  {
    file: 'routing/target.ts',
    line: 'if (target.charCodeAt(0) !== slash) return -1',
    changes: ['target.charCodeAt(0) !== slash -> true'],
    why: twoWays,
  },
  {
    file: 'routing/target.ts',
    line: 'while (end < length) {',
    changes: ['end < length -> false', 'end < length -> end <= length'],
    why: twoWays,
  },
  {
    file: 'routing/target.ts',
    line: 'if (marks === queryMark) break',
    changes: ['marks === queryMark -> true'],
    why: twoWays,
  },
  {
    file: 'routing/target.ts',
    line: 'if (end < length && target.charCodeAt(end) !== question) return -1',
    changes: [
      'end < length && target.charCodeAt(end) !== question -> true',
      'end < length && target.charCodeAt(end) !== question -> end < length || target.charCodeAt(end) !== question',
      'end < length -> true',
      'end < length -> end <= length',
      'target.charCodeAt(end) !== question -> true',
    ],
    why: twoWays,
  },
  {
    file: 'routing/target.ts',
    line: 'for (let at = end; at < length; at++) {',
    changes: ['at < length -> at <= length'],
    why: twoWays,
  },
  {
    file: 'routing/target.ts',
    line: 'return (seen & (otherMark | illegalMark | dotSegmentMark)) === 0 ? end : -1',
    changes: ['(seen & (otherMark | illegalMark | dotSegmentMark)) === 0 -> false'],
    why: twoWays,
  },
  {
    file: 'routing/target.ts',
    line: 'const isIllegal = (c: number): boolean => c <= space || c === del || c === hash',
    changes: ['c <= space || c === del || c === hash -> true'],
    why: twoWays,
  },
  {
    file: 'routing/target.ts',
    line: 'if (c === dot) return dotMark',
    changes: ['c === dot -> true'],
    why: twoWays,
  },
  {
    file: 'routing/target.ts',
    line: 'if (isIllegal(c)) return illegalMark',
    changes: ['isIllegal(c) -> true'],
    why: twoWays,
  },
  {
    file: 'routing/target.ts',
    line: 'return c === percent || c === semicolon || c === backslash ? otherMark : 0',
    changes: ['c === percent || c === semicolon || c === backslash -> true'],
    why: twoWays,
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
    line: '#lengths: readonly number[] = []',
    changes: ['[] -> ["Stryker was here"]'],
    why: 'a length that is none finds nothing',
  },
  {
    file: 'routing/uri-table.ts',
    line: 'known?.binding.affinityCookie === binding.affinityCookie &&',
    changes: [
      'known?.binding.affinityCookie === binding.affinityCookie && known.binding.affinityUrlIdentifier === binding.affinityUrlIdentifier -> false',
    ],
    why: sameWork,
  },
  {
    file: 'routing/uri-table.ts',
    line: 'readonly #wholeLengths: boolean[] = []',
    changes: ['[] -> ["Stryker was here"]'],
    why: 'no whole path has length 0',
  },
  {
    file: 'routing/uri-table.ts',
    line: '#fewKinds = true',
    changes: ['true -> false'],
    why: sameWork,
  },
  {
    file: 'routing/uri-table.ts',
    line: 'if (this.#wholeLengths[end] === true) best = better(best, this.#whole.get(text.slice(0, end)))',
    changes: ['this.#wholeLengths[end] === true -> true'],
    why: sameWork,
  },
  {
    file: 'routing/uri-table.ts',
    line: 'if (!this.#fewKinds) best = this.#rarer(best, text.slice(0, end))',
    changes: ['!this.#fewKinds -> true'],
    why: sameWork,
  },
  {
    file: 'routing/uri-table.ts',
    line: 'for (let length = Math.min(end, lengths.length - 1); length > 0; length--) {',
    changes: [
      'lengths.length - 1 -> lengths.length + 1',
      'Math.min(end, lengths.length - 1) -> Math.max(end, lengths.length - 1)',
      'length > 0 -> length >= 0',
    ],
    why: `${sameWork}: beyond the end and at 0 there is no folder`,
  },
  {
    file: 'routing/uri-table.ts',
    line: 'if (lengths[length] !== true || text.charCodeAt(length - 1) !== slash) continue',
    changes: [
      'lengths[length] !== true || text.charCodeAt(length - 1) !== slash -> lengths[length] !== true && text.charCodeAt(length - 1) !== slash',
      'lengths[length] !== true || text.charCodeAt(length - 1) !== slash -> false',
      'lengths[length] !== true -> false',
      'text.charCodeAt(length - 1) !== slash -> false',
    ],
    why: sameWork,
  },
  {
    file: 'routing/uri-table.ts',
    line: 'if (this.#lengths.includes(text.length)) return',
    changes: ['this.#lengths.includes(text.length) -> false'],
    why: `${sameWork}: a length tried again finds as little as before`,
  },
  {
    file: 'selection/check.ts',
    line: "verdict(server, true, moment) === 'busy' || (server.busy && moment.markedBusy.includes(server))",
    changes: ['true -> false'],
    why: 'whether a server is busy is asked before its weight',
  },
  {
    file: 'selection/check.ts',
    line: 'markBusyDown = false',
    changes: ['false -> true'],
    why: neverAsked,
  },
  {
    file: 'selection/check.ts',
    line: 'markedBusy: ServerState[] = []',
    changes: ['[] -> ["Stryker was here"]'],
    why: neverAsked,
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
    file: 'selection/select.ts',
    line: 'if (ids.length > 0) {',
    changes: ['ids.length > 0 -> true', 'ids.length > 0 -> ids.length >= 0'],
    why: sameWork,
  },
  {
    file: 'selection/select.ts',
    line: 'const start = (cluster.cursor ?? 0) + 1',
    changes: ['cluster.cursor ?? 0 -> cluster.cursor && 0'],
    why: 'whoever is looked at first, somebody is available or nobody',
  },
  {
    file: 'selection/select.ts',
    line: 'return at === -1 ? null : (primaries[at] as ServerState).chosen.random',
    changes: ['at === -1 -> false'],
    why: 'chance is asked only where somebody is eligible',
  },
  {
    file: 'selection/weights.ts',
    line: 'for (let step = 0; step < n; step++) {',
    changes: ['step < n -> step <= n'],
    why: 'to look at one server twice changes nothing',
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
    file: 'server.ts',
    line: 'firstSteps: { http: null, https: null },',
    changes: ['{ http: null, https: null } -> {}'],
    why: sameWork,
  },
  {
    file: 'tracer.ts',
    line: 'if (cluster !== null && this.#weightsMoved) {',
    changes: ['cluster !== null -> true'],
    why: `${forTypes}: without a cluster no weight has moved`,
  },
]
