import type { Why } from '../../core/step.ts'
import { printable } from '../../debug/printable.ts'
import { renderTrace } from '../../debug/render.ts'
import { reasonText, whyText } from '../../debug/sentences.ts'
import { type Circumstances, type Explanation, explain as imagine } from '../../simulate/explain.ts'
import { headOf, parseUrl } from '../../simulate/request-head.ts'
import type { Answer } from '../../simulate/scenario.ts'
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
    "plug-in's own function names at the right. Nothing is sent. Every server answers 200 unless\n" +
    '--fail says otherwise. NAME is a server of the cluster that the request belongs to, or\n' +
    'CLUSTER/NAME. FILE may be - for standard input.',
  options: {
    method: { value: 'METHOD', help: 'request method; default GET' },
    header: {
      value: "'NAME: VALUE'",
      repeated: true,
      help: 'request header; Host replaces that of the URL',
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
    json: { help: 'print outcome and trace records as one JSON object' },
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
      io.out(
        args.has('json')
          ? `${JSON.stringify({ outcome: explanation.outcome, steps: explanation.steps }, null, 2)}\n`
          : `${textOf(url, circumstances, explanation, widthFor(io.columns))}\n`,
      )
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
  if (parts === undefined) {
    throw new UsageError(
      `${JSON.stringify(url)} is not a URL; write http://HOST/PATH or https://HOST/PATH`,
    )
  }
  const headers = args.values('header').map(headerOf)
  const named = (name: string): readonly string[] =>
    headers.filter(header => header.name === name).map(header => header.value)
  const bytes = wholeNumber('--body', args.value('body') ?? '0', 0)
  const port = args.value('local-port')
  return {
    head: headOf(parts, {
      method: methodOf(args.value('method')),
      host: named('host').at(-1),
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
  const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*(.*?)[ \t]*$/s.exec(text) ?? []
  if (name === undefined || value === undefined) {
    throw new UsageError(`--header is ${JSON.stringify(text)}; write 'NAME: VALUE'`)
  }
  return { name: name.toLowerCase(), value }
}

const methodOf = (method: string | undefined): string | undefined => {
  if (method === undefined || /^[!#$%&'*+.^_`|~\w-]+$/.test(method)) return method
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

/** What a terminal leaves for the sentences beside the numbers and the function names; no terminal: the usual width. */
const widthFor = (columns: number | undefined): number =>
  columns === undefined ? 84 : Math.min(84, Math.max(40, columns - 54))

const textOf = (
  url: string,
  asked: Circumstances,
  explanation: Explanation,
  width: number,
): string => {
  const { head, seed } = asked
  const lines = [`${head.method} ${url}`]
  if (head.host !== parseUrl(url)?.authority) lines.push(`Host: ${head.host ?? ''}`)
  for (const cookie of [head.cookie ?? []].flat()) lines.push(`Cookie: ${cookie}`)
  lines.push('', ...renderTrace(explanation.steps, { width }).split('\n'), '')
  for (const note of explanation.notes) lines.push(`note: ${note}`)
  if (explanation.usedChance) {
    lines.push(
      `note: chance decided where round robin begins or what was drawn: seed ${seed}; --seed N for another`,
    )
  }
  lines.push(conclusion(explanation))
  return lines.map(printable).join('\n')
}

const conclusion = ({ outcome, failedBefore }: Explanation): string => {
  const before = failedBefore.length === 0 ? '' : `, after ${failedBefore.join(', ')} failed`
  switch (outcome.kind) {
    case 'served':
      return `=> ${outcome.server} of ${outcome.cluster} answers ${outcome.status}${before}: ${whyText[outcome.reason as Why]}`
    case 'decline':
      return '=> declined: no Route matches, and the web server handles the request itself'
    case 'fail':
      return `=> the client gets ${outcome.status}${outcome.cluster === undefined ? '' : ` from the plug-in, no server of ${outcome.cluster} does it`}${before}: ${reasonText(outcome.reason)}`
  }
}
