import type { RequestHead } from '../../core/request.ts'
import type { Why } from '../../core/step.ts'
import { printable } from '../../debug/printable.ts'
import { layoutFor, renderTrace } from '../../debug/render.ts'
import { reasonText, whyText } from '../../debug/sentences.ts'
import { type Circumstances, type Explanation, explain as imagine } from '../../simulate/explain.ts'
import { headOf, hostOf, parseUrl, urlProblem } from '../../simulate/request-head.ts'
import { type Answer, methodPattern } from '../../simulate/scenario.ts'
import { defaultSeed } from '../../simulate/simulate.ts'
import { StateError } from '../../simulate/start-state.ts'
import { type Arguments, type Options, wholeNumber } from '../arguments.ts'
import type { Command } from '../command.ts'
import { expectOperands, usableConfig } from '../input.ts'
import { exit, UsageError } from '../io.ts'

/** Ways to fail that `--fail` knows, beside a status. */
const ways = [
  'refused',
  'connect-timeout',
  'tls',
  'reset',
  'reset-pooled',
  'read-timeout',
  'unreachable',
  'handshake',
  'malformed',
] as const satisfies readonly Answer[]

/** `plugin-cfg explain`: one request, step by step. */
export const explain: Command = {
  name: 'explain',
  summary: 'where one request goes, step by step, and why',
  usage: 'explain FILE URL [options]',
  description:
    'Follows one imagined request through the configuration and prints every decision, with the\n' +
    "plug-in's own function names. Nothing is sent, no name is looked up and no key file is read.\n" +
    'Every server answers 200 unless --fail says otherwise. NAME is a server of the cluster that the\n' +
    'request belongs to, or CLUSTER/NAME. FILE may be - for standard input.',
  options: {
    method: { value: 'METHOD', help: 'request method; default GET' },
    header: {
      value: "'NAME: VALUE'",
      repeated: true,
      help: 'request header; Host and Cookie count, Host in place of the one in the URL',
    },
    cookie: { value: 'NAME=VALUE', repeated: true, help: 'Cookie header' },
    body: { value: 'BYTES', help: 'size of the request body; default none' },
    'local-port': { value: 'PORT', help: 'port the request came in on, for VHostMatchingCompat' },
    down: {
      value: 'NAME[=SECONDS]',
      repeated: true,
      help: 'marked down, SECONDS left on the retry timer; default the whole interval, 0 expired',
    },
    busy: { value: 'NAME', repeated: true, help: 'at its MaxConnections' },
    fail: {
      value: 'NAME=HOW',
      repeated: true,
      help: `what its attempts come to: ${ways.join(', ')} or a status; again for the next attempt`,
    },
    seed: { value: 'N', help: `seed of the random source; default ${defaultSeed}` },
    json: {
      help: 'print outcome and trace records as one JSON object; notes go to standard error',
    },
  },
  examples: [
    "plugin-cfg explain plugin-cfg/figure-5-12.xml http://yourWebServer/snoop --cookie 'JSESSIONID=0000A2MB4IJozU_VM8IffsMNfdR:v544d031' --fail PluginMember1=refused",
    'plugin-cfg explain plugin-cfg/backups.xml http://www.example.com/bank/ --down Primary1 --down Primary2=0',
  ],
  status: '0 the question is answered, 1 the file has an error or cannot be read, 2 wrong usage',
  run: async (args, io) => {
    const [file = '', url = ''] = expectOperands(args.operands, ['FILE', 'URL'], explain.usage)
    const circumstances = circumstancesOf(url, args)
    const config = await usableConfig(file, io)
    try {
      const explanation = imagine(config, circumstances)
      const notes = notesOf(explanation, circumstances.seed).map(printable)
      if (args.has('json')) {
        const { outcome, steps } = explanation
        io.out(`${JSON.stringify({ outcome, steps }, null, 2)}\n`)
        for (const note of notes) io.err(`${note}\n`)
      } else {
        const head = headLines(url, circumstances.head).map(printable)
        const trace = renderTrace(explanation.steps, layoutFor(io.columns))
        const end = printable(conclusion(explanation))
        io.out(`${[...head, '', trace, '', ...notes, end].join('\n')}\n`)
      }
      return exit.ok
    } catch (error) {
      // A name or state that the file does not have was asked for on the command line.
      if (error instanceof StateError) throw new UsageError(error.message)
      throw error
    }
  },
}

const circumstancesOf = (url: string, args: Arguments<Options>): Circumstances => {
  const parts = parseUrl(url)
  if (parts === undefined) throw new UsageError(urlProblem(url))
  const headers = args.values('header').map(headerOf)
  const named = (name: string): readonly string[] =>
    headers.filter(header => header.name === name).map(header => header.value)
  const bytes = wholeNumber('--body', args.value('body') ?? '0', 0)
  const port = args.value('local-port')
  return {
    head: headOf(parts, {
      method: methodOf(args.value('method')),
      host: hostOf(named('host')),
      cookies: [...named('cookie'), ...args.values('cookie')],
      localPort: port === undefined ? undefined : wholeNumber('--local-port', port, 1, 65_535),
      body: bytes === 0 ? undefined : bytes,
    }),
    body: { bytes, chunked: false, arrives: bytes },
    down: args.values('down').map(downOf),
    busy: args.values('busy'),
    fail: args.values('fail').map(failOf),
    seed: wholeNumber('--seed', args.value('seed') ?? String(defaultSeed), 0, 0xffff_ffff),
  }
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

const failOf = (text: string): { readonly name: string; readonly how: Answer } => {
  const at = text.lastIndexOf('=')
  const how = text.slice(at + 1)
  const way = ways.find(each => each === how)
  const status = /^[1-5]\d\d$/.test(how) ? Number(how) : 0
  if (at > 0 && way !== undefined) return { name: text.slice(0, at), how: way }
  if (at > 0 && status >= 200) return { name: text.slice(0, at), how: status }
  throw new UsageError(
    `--fail is ${JSON.stringify(text)}; write NAME=HOW, where HOW is one of ${ways.join(', ')} or a status such as 503`,
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
