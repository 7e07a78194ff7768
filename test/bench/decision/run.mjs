import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, ourSource } from '../build.mjs'
import { versions } from '../machine.mjs'
import { startNode } from '../processes.mjs'
import { compare, median, shuffled, verdict } from '../statistics.mjs'
import { fixed, table } from '../table.mjs'
import { cases } from './cases.mjs'
import { fileOf, sizes } from './configs.mjs'

const parts = ['decisions', 'trace-cost', 'reading']

/** No batch fills it, so that nothing is collected while it is timed. */
const nodeOptions = ['--expose-gc', '--min-semi-space-size=128', '--max-semi-space-size=128']

/**
 * Measures decisions, the trace calls in them, and the reading of the file.
 *
 * @param {import('../options.mjs').Options} options
 * @param {string} folder for builds and files
 * @param {(line: string) => void} say progress
 */
export const decision = async (options, folder, say) => {
  const wanted = options.scenarios ?? parts
  const unknown = wanted.find(part => !parts.includes(part))
  if (unknown !== undefined) {
    throw new Error(`--scenarios ${unknown}: write ${parts.join(', ')}`)
  }
  const source = ourSource(options.at, folder)
  const ours = build(source, join(folder, 'ours'), { deciding: true }).folder
  const result = { versions: versions(['find-my-way', 'fast-xml-parser', 'lru-cache']) }
  if (wanted.includes('decisions')) {
    result.decisions = await decisions(buildsToCompare(ours, options, folder), options, say)
  }
  if (wanted.includes('trace-cost')) {
    const builds = [
      { name: 'ours', folder: ours },
      { name: 'copy', folder: build(source, join(folder, 'copy'), { deciding: true }).folder },
    ]
    const without = build(source, join(folder, 'without'), { withoutTrace: true, deciding: true })
    builds.push({ name: 'without', folder: without.folder })
    say(`${without.dropped} trace calls are dropped from the core`)
    result.traceCost = { dropped: without.dropped, ...(await traceCost(builds, options, say)) }
  }
  if (wanted.includes('reading')) result.reading = await reading(ours, options, folder, say)
  return result
}

const buildsToCompare = (ours, { compare: revision }, folder) => {
  const builds = [{ name: 'plugin-cfg-router', folder: ours }]
  if (revision !== undefined) {
    const other = build(ourSource(revision, folder), join(folder, 'other'), {
      deciding: true,
    }).folder
    builds.push({ name: `plugin-cfg-router ${revision}`, folder: other })
  }
  return builds
}

/** Runs a worker to its end and returns what it says. */
const worker = async (name, work, nodeFlags = nodeOptions) => {
  const { first } = await startNode(new URL(`${name}.mjs`, import.meta.url), {
    env: { WORK: JSON.stringify(work) },
    nodeOptions: nodeFlags,
  })
  return first
}

const decisions = async (builds, { rounds, batches, only }, say) => {
  const chosen = sizes.filter(({ name }) => only?.some(part => name.includes(part)) ?? true)
  if (chosen.length === 0) {
    throw new Error(`--only names no configuration; there are ${sizes.map(s => s.name).join(', ')}`)
  }
  const jobs = builds.flatMap(of => chosen.map(size => ({ of, size, answers: [] })))
  for (let round = 0; round < rounds; round++) {
    for (const { of, size, answers } of shuffled(jobs, round)) {
      answers.push(await worker('worker', { folder: of.folder, name: size.name, batches }))
      say(`decisions round ${round + 1} ${of.name}: ${size.title}`)
    }
  }
  return jobs.map(({ of, size, answers }) => ({
    build: of.name,
    configuration: size.title,
    findMyWay: middle(answers.map(answer => answer.findMyWay)),
    rows: answers[0].rows.map(({ kind, traced, route }, i) => ({
      kind,
      traced,
      whole: middle(answers.map(answer => answer.rows[i].whole)),
      ...(route !== undefined && { route: middle(answers.map(answer => answer.rows[i].route)) }),
    })),
  }))
}

const middle = list => ({
  nanoseconds: median(list.map(one => one.nanoseconds)),
  bytes: median(list.map(one => one.bytes)),
})

const traceCost = async (builds, { rounds, batches, quick }, say) => {
  const answers = []
  for (let turn = 0; turn < rounds; turn++) {
    answers.push(
      await worker('trace-worker', { builds, batches, turn, requests: quick ? 1000 : 3000 }),
    )
    say(`trace cost round ${turn + 1}: ${answers.at(-1).compared} steps decided alike`)
  }
  const times = (kind, name) =>
    answers.map(({ rows }) => rows.find(r => r.kind === kind && r.name === name).nanoseconds)
  const rows = cases.map(kind => {
    const [ours, copy, without] = builds.map(({ name }) => times(kind, name))
    const cost = compare(ours, without)
    const control = compare(ours, copy)
    return {
      kind,
      ours: median(ours),
      copy: median(copy),
      without: median(without),
      ratio: cost.ratio,
      ratioLow: Math.min(...cost.ratios),
      ratioHigh: Math.max(...cost.ratios),
      control: control.ratio,
      ...verdict(cost.ratios, control.ratios),
    }
  })
  return { compared: answers.reduce((sum, { compared }) => sum + compared, 0), rows }
}

const readerNames = ['nothing', 'parser', 'parser, with attributes', 'plugin-cfg-router']

const reading = async (ours, { megabytes, rounds }, folder, say) => {
  const results = []
  for (const size of megabytes) {
    const file = join(folder, 'read.xml')
    const text = fileOf(size * 1e6)
    writeFileSync(file, text)
    const answers = new Map(readerNames.map(name => [name, []]))
    // A large file takes long enough to be measured well in few rounds.
    const times = Math.max(1, Math.min(rounds, Math.round(90 / size)))
    for (let round = 0; round < times; round++) {
      for (const reader of shuffled(readerNames, round)) {
        const answer = await worker('reading-worker', { folder: ours, file, reader }, [])
        answers.get(reader).push(answer)
        say(`reading ${size} MB, round ${round + 1}, ${reader}: ${fixed(answer.milliseconds)} ms`)
      }
    }
    const value = (name, key) => median(answers.get(name).map(answer => answer[key]))
    // A process that has only loaded the text is where memory begins to count.
    const base = value('nothing', 'peakMiB')
    const fileMiB = text.length / 2 ** 20
    for (const name of readerNames.slice(1)) {
      results.push({
        megabytes: size,
        reader: name,
        cpuMilliseconds: value(name, 'cpuMilliseconds'),
        milliseconds: value(name, 'milliseconds'),
        toParser: value(name, 'milliseconds') / value('parser', 'milliseconds'),
        peakMiB: value(name, 'peakMiB'),
        peakToFile: (value(name, 'peakMiB') - base) / fileMiB,
        rounds: times,
      })
    }
  }
  return results
}

/** The figures for people. */
export const decisionTables = ({ decisions: measured, traceCost: cost, reading: read }) => [
  ...(measured === undefined ? [] : [decisionTable(measured)]),
  ...(cost === undefined ? [] : [traceTable(cost)]),
  ...(read === undefined ? [] : [readingTable(read)]),
]

const decisionTable = measured => {
  const several = new Set(measured.map(({ build: name }) => name)).size > 1
  const lines = measured.flatMap(({ build: name, configuration, findMyWay, rows }) => [
    ...rows.map(({ kind, traced, whole, route }) => [
      `${several ? `${name}, ` : ''}${configuration}: ${kind}${traced ? ', traced' : ''}`,
      fixed(route?.nanoseconds),
      fixed(route?.bytes),
      fixed(whole.nanoseconds),
      fixed(whole.bytes),
    ]),
    [
      `${configuration}: find-my-way find()`,
      fixed(findMyWay.nanoseconds),
      fixed(findMyWay.bytes),
      undefined,
      undefined,
    ],
  ])
  return table(
    ['decision', 'route() ns', 'route() bytes', 'to the end ns', 'to the end bytes'],
    lines,
  )
}

const traceTable = ({ dropped, compared, rows }) => {
  const heads = [
    'trace off',
    'ours ns',
    'without calls ns',
    'ratio',
    'lowest–highest',
    'copy of ours',
    'noise',
    'verdict',
  ]
  const lines = rows.map(row => [
    row.kind,
    fixed(row.ours),
    fixed(row.without),
    fixed(row.ratio, 3),
    `${fixed(row.ratioLow, 3)}–${fixed(row.ratioHigh, 3)}`,
    fixed(row.control, 3),
    `±${fixed(row.noise * 100, 1)} %`,
    row.text,
  ])
  const proof = `${dropped} trace calls dropped; ${compared} random steps decided alike by both.`
  return `${table(heads, lines)}\n\n${proof}`
}

const readingTable = read =>
  table(
    ['reading', 'ms', 'CPU ms', '× parser', 'peak MiB', 'growth × file'],
    read.map(row => [
      `${row.megabytes} MB: ${row.reader}`,
      fixed(row.milliseconds),
      fixed(row.cpuMilliseconds),
      fixed(row.toParser, 2),
      fixed(row.peakMiB),
      fixed(row.peakToFile, 1),
    ]),
  )
