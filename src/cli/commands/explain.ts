import { AttachError, attach } from '../../admin/client.ts'
import type { LiveExplanation } from '../../admin/messages.ts'
import { circumstancesOf, type ExplainQuery, failWays, mostSeed } from '../../admin/query.ts'
import { tokenFrom } from '../../admin/token.ts'
import type { RequestHead } from '../../core/request.ts'
import type { Why } from '../../core/step.ts'
import { counted } from '../../debug/counted.ts'
import { printable } from '../../debug/printable.ts'
import { layoutFor, renderTrace } from '../../debug/render.ts'
import { reasonText, whyText } from '../../debug/sentences.ts'
import { type Explanation, explain as imagine } from '../../simulate/explain.ts'
import { parseUrl, urlProblem } from '../../simulate/request-head.ts'
import { methodPattern } from '../../simulate/scenario.ts'
import { defaultSeed } from '../../simulate/simulate.ts'
import { StateError } from '../../simulate/start-state.ts'
import { type Arguments, type Options, wholeNumber } from '../arguments.ts'
import type { Command } from '../command.ts'
import { expectOperands, usableConfig } from '../input.ts'
import { exit, InputError, type Io, UsageError } from '../io.ts'
import { attachOptions, requestOptions } from '../request-options.ts'

/** `plugin-cfg explain`: one request, step by step. */
export const explain: Command = {
  name: 'explain',
  summary: 'where one request goes, step by step, and why',
  usage: 'explain (FILE | --attach ADDRESS) URL [options]',
  description:
    'Follows one imagined request through the configuration and prints every decision, with the\n' +
    "plug-in's own function names. Nothing is sent, no name is looked up and no key file is read.\n" +
    'Every server answers 200 unless --fail says otherwise. NAME is a server of the cluster that the\n' +
    'request belongs to, or CLUSTER/NAME. FILE may be - for standard input.\n' +
    'With --attach a running edge is asked in place of a FILE: it answers from the configuration and\n' +
    'the state that it has at this moment, and --down, --busy, --drain, --stop and --fail come on top of them.',
  options: {
    ...attachOptions,
    ...requestOptions,
    drain: {
      value: 'NAME',
      repeated: true,
      help: 'draining: its sessions stay, new work does not come',
    },
    stop: { value: 'NAME', repeated: true, help: 'stopped by an operator: nobody gets there' },
    fail: {
      value: 'NAME=HOW',
      repeated: true,
      help: `what its attempts come to: ${failWays.join(', ')} or a status; again for the next attempt`,
    },
    json: {
      help: 'print outcome and trace records as one JSON object; notes go to standard error',
    },
  },
  examples: [
    "plugin-cfg explain plugin-cfg/figure-5-12.xml http://yourWebServer/snoop --cookie 'JSESSIONID=0000A2MB4IJozU_VM8IffsMNfdR:v544d031' --fail PluginMember1=refused",
    'plugin-cfg explain plugin-cfg/backups.xml http://www.example.com/bank/ --down Primary1 --down Primary2=0',
    'plugin-cfg explain --attach http://127.0.0.1:9090 http://www.example.com/bank/',
  ],
  status:
    '0 the question is answered, 1 the file has an error or cannot be read, or no edge answers, 2 wrong usage',
  run: async (args, io) => {
    const address = args.value('attach')
    const operands = address === undefined ? ['FILE', 'URL'] : ['URL']
    const given = expectOperands(args.operands, operands, explain.usage)
    if (address === undefined && args.has('token')) {
      throw new UsageError('--token is for an edge; give its address with --attach')
    }
    const query = queryOf(given.at(-1) ?? '', args)
    const { live, explanation } =
      address === undefined
        ? { explanation: await imagined(given[0] ?? '', query, io) }
        : await asked(address, tokenFrom(args.value('token')), query)
    const { head, seed } = circumstancesOf(query)
    const notes = notesOf(explanation, seed).map(printable)
    if (args.has('json')) {
      const { outcome, steps } = explanation
      io.out(`${JSON.stringify({ ...(live && { live }), outcome, steps }, null, 2)}\n`)
      for (const note of notes) io.err(`${note}\n`)
    } else {
      const first = live === undefined || address === undefined ? [] : [liveLine(address, live), '']
      const lines = [...first, ...headLines(query.url, head)].map(printable)
      const trace = renderTrace(explanation.steps, layoutFor(io.columns))
      const end = printable(conclusion(explanation))
      io.out(`${[...lines, '', trace, '', ...notes, end].join('\n')}\n`)
    }
    return exit.ok
  },
}

/** What a fresh router would do. */
const imagined = async (file: string, query: ExplainQuery, io: Io): Promise<Explanation> => {
  const config = await usableConfig(file, io)
  try {
    return imagine(config, circumstancesOf(query))
  } catch (error) {
    // A name or state that the file does not have was asked for on the command line.
    if (error instanceof StateError) throw new UsageError(error.message)
    throw error
  }
}

/** The state that a running edge answered from. */
type Live = Pick<LiveExplanation, 'edge' | 'snapshot'>

/** What a running edge would do. */
const asked = async (
  address: string,
  token: string | undefined,
  query: ExplainQuery,
): Promise<{ readonly live: Live; readonly explanation: Explanation }> => {
  try {
    const { explanation, ...live } = await (await attach(address, token)).explain(query)
    return { live, explanation }
  } catch (error) {
    if (!(error instanceof AttachError)) throw error
    const ours = error.code === 'QUESTION' || error.code === 'ADDRESS'
    throw ours ? new UsageError(error.message) : new InputError(error.message)
  }
}

/** Where the state comes from, and how much lies behind it. */
const liveLine = (address: string, { edge, snapshot }: Live): string =>
  `live state of the edge at ${address}, since ${edge.since}, after ${counted(snapshot.exchanges, 'request')}; nothing is sent`

/**
 * The request, the state and chance as the options describe them; options that a command does not have count as not
 * given.
 *
 * @throws UsageError
 */
export const queryOf = (url: string, args: Arguments<Options>): ExplainQuery => {
  if (parseUrl(url) === undefined) throw new UsageError(urlProblem(url))
  const method = methodOf(args.value('method'))
  const port = args.value('local-port')
  return {
    url,
    ...(method !== undefined && { method }),
    headers: headersOf(args.values('header')),
    cookie: args.values('cookie'),
    bodyBytes: wholeNumber('--body', args.value('body') ?? '0', 0),
    ...(port !== undefined && { localPort: wholeNumber('--local-port', port, 1, 65_535) }),
    down: args.values('down').map(downOf),
    busy: args.values('busy'),
    draining: args.values('drain'),
    stopped: args.values('stop'),
    fail: args.values('fail').map(failOf),
    seed: wholeNumber('--seed', args.value('seed') ?? String(defaultSeed), 0, mostSeed),
  }
}

/** All values of each field, in the order in which they were given. */
const headersOf = (texts: readonly string[]): Readonly<Record<string, readonly string[]>> => {
  const fields = new Map<string, string[]>()
  for (const { name, value } of texts.map(headerOf)) {
    fields.set(name, [...(fields.get(name) ?? []), value])
  }
  return Object.fromEntries(fields)
}

const headerOf = (text: string): { readonly name: string; readonly value: string } => {
  const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/.exec(text) ?? []
  if (name === undefined || value === undefined) {
    throw new UsageError(`--header is ${JSON.stringify(text)}; write 'NAME: VALUE', on one line`)
  }
  return { name: name.toLowerCase(), value }
}

const methodOf = (method: string | undefined): string | undefined => {
  if (method === undefined || new RegExp(methodPattern).test(method)) return method
  throw new UsageError(`--method is ${JSON.stringify(method)}; write a method such as POST`)
}

const downOf = (text: string): { readonly name: string; readonly seconds: number | null } => {
  const at = text.lastIndexOf('=')
  if (at === -1) return { name: text, seconds: null }
  const seconds = text.slice(at + 1)
  if (!/^\d{1,9}(?:\.\d{1,3})?$/.test(seconds)) {
    throw new UsageError(
      `--down is ${JSON.stringify(text)}; write NAME or NAME=SECONDS with 0 or more seconds`,
    )
  }
  return { name: text.slice(0, at), seconds: Number(seconds) }
}

const failOf = (text: string): NonNullable<ExplainQuery['fail']>[number] => {
  const at = text.lastIndexOf('=')
  const how = text.slice(at + 1)
  const way = failWays.find(each => each === how)
  const status = /^[1-5]\d\d$/.test(how) ? Number(how) : 0
  if (at > 0 && way !== undefined) return { name: text.slice(0, at), how: way }
  if (at > 0 && status >= 200) return { name: text.slice(0, at), how: status }
  throw new UsageError(
    `--fail is ${JSON.stringify(text)}; write NAME=HOW, where HOW is one of ${failWays.join(', ')} or a status such as 503`,
  )
}

/** Longer ones are hard to read, and nobody does. */
const mostShown = 200

/** The request as it was asked for. */
const headLines = (url: string, head: RequestHead): readonly string[] => {
  const lines = [`${head.method} ${url}`]
  if (head.host !== parseUrl(url)?.authority) lines.push(`Host: ${head.host ?? ''}`)
  for (const cookie of [head.cookie ?? []].flat()) lines.push(`Cookie: ${cookie}`)
  return lines.map(line =>
    line.length <= mostShown ? line : `${line.slice(0, mostShown)}… (${line.length} characters)`,
  )
}

const notesOf = ({ notes, otherwise, seconds }: Explanation, seed: number): readonly string[] => {
  const others = otherwise.length > 6 ? [...otherwise.slice(0, 5), 'others'] : otherwise
  return [
    ...notes,
    ...(seconds > 0 ? [`the client has waited ${seconds} s by then`] : []),
    ...(others.length > 0
      ? [`chance decided (seed ${seed}); with another --seed it is ${others.join(' or ')}`]
      : []),
  ].map(note => `note: ${note}`)
}

const conclusion = ({ outcome, failedBefore }: Explanation): string => {
  const before = failedBefore.length === 0 ? '' : `, after ${failures(failedBefore)} failed`
  switch (outcome.kind) {
    case 'served':
      return `=> ${outcome.server} of ${outcome.cluster} answers ${outcome.status}${before}: ${whyText[outcome.reason as Why]}`
    case 'decline':
      return '=> declined: no Route matches, and the web server handles the request itself'
    case 'fail':
      return `=> the client gets ${outcome.status}${before}: ${reasonText(outcome.reason)}`
  }
}

/** `m1, m2`; a server that failed more than once is named once. */
const failures = (servers: readonly string[]): string =>
  [...new Set(servers)]
    .map(server => {
      const times = servers.filter(each => each === server).length
      return times === 1 ? server : `${server} (${times} times)`
    })
    .join(', ')
