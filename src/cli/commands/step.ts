import { basename } from 'node:path'
import { AttachError, attach } from '../../admin/client.ts'
import type { RecordedRequest, RecordingSummary } from '../../admin/messages.ts'
import { circumstancesOf } from '../../admin/query.ts'
import { tokenFrom } from '../../admin/token.ts'
import { printable } from '../../debug/printable.ts'
import { StateError } from '../../simulate/start-state.ts'
import { createStepper } from '../../stepper/create-stepper.ts'
import type { Session } from '../../terminal/perform.ts'
import { runScreen } from '../../terminal/run-screen.ts'
import { runScript } from '../../terminal/script.ts'
import { type Arguments, type Options, wholeNumber } from '../arguments.ts'
import type { Command } from '../command.ts'
import { expectOperands, readStdin, stdinName, usableConfig } from '../input.ts'
import { exit, InputError, type Io, UsageError } from '../io.ts'
import { attachOptions, requestOptions } from '../request-options.ts'
import { stepStart } from '../step-start.ts'
import { queryOf } from './explain.ts'

/** `plugin-cfg step`: a request, one decision at a time, and back. */
export const step: Command = {
  name: 'step',
  summary: 'one request, one decision at a time, forward and back',
  usage: 'step FILE URL [options], or step --attach ADDRESS [--request N]',
  description:
    'Stops before every decision about a request and says by which rule it is made; what the network\n' +
    'answers is up to you. Goes back as well, lets time pass, marks servers, sends the next request of\n' +
    'the same user, and saves all of it as a scenario that plugin-cfg simulate replays. Nothing is sent\n' +
    'anywhere. On a terminal it has a screen, and ? is its help. Otherwise it reads the same commands\n' +
    'as words from standard input, one a line, # before comments; the command help lists them.\n' +
    'With --attach it is a request that a running edge has recorded, with the answers it got there.',
  options: {
    ...requestOptions,
    ...attachOptions,
    request: { value: 'N', help: 'number of the recorded request; default the newest' },
  },
  examples: [
    "plugin-cfg step plugin-cfg/figure-5-12.xml http://yourWebServer/snoop --cookie 'JSESSIONID=0000A2MB4IJozU_VM8IffsMNfdR:v544d031'",
    "printf 'network\\nanswer refused\\nend\\n' | plugin-cfg step plugin-cfg/figure-5-12.xml http://yourWebServer/snoop",
    'plugin-cfg step --attach http://127.0.0.1:9090',
  ],
  status: '0 all commands were carried out, 1 one was not or the input is bad, 2 wrong usage',
  run: async (args, io) => {
    const address = args.value('attach')
    const { session, title, notes } =
      address === undefined ? await imagined(args, io) : await recorded(address, args, io)
    for (const note of notes) io.out(`${printable(note)}\n`)
    if (io.terminal !== undefined) {
      await runScreen(session, title, io.terminal, io.untilStopped())
      return exit.ok
    }
    const text = new TextDecoder().decode(await readStdin(io))
    const { out, err, columns } = io
    const done = await runScript(text, session, { out, err, columns, name: stdinName })
    return done ? exit.ok : exit.bad
  },
}

/** What to run, what to call it, and what to say first. */
interface Debugged {
  readonly session: Session
  readonly title: string
  readonly notes: readonly string[]
}

const ofRecorded = ['request', 'token'] as const
const ofImagined = [
  'method',
  'header',
  'cookie',
  'body',
  'local-port',
  'down',
  'busy',
  'seed',
] as const

/** A request as the command line describes it. */
const imagined = async (args: Arguments<Options>, io: Io): Promise<Debugged> => {
  const wrong = ofRecorded.find(name => args.has(name))
  if (wrong !== undefined) {
    throw new UsageError(`--${wrong} is for an edge; give its address with --attach`)
  }
  const [file = '', url = ''] = expectOperands(args.operands, ['FILE', 'URL'], step.usage)
  if (file === '-') {
    throw new UsageError(
      'FILE cannot be - here, because standard input has the commands; write the name of the file',
    )
  }
  const query = queryOf(url, args)
  const read = await usableConfig(file, io)
  const { config, request, given, notes } = stepStart(read, query, circumstancesOf(query).head)
  try {
    const stepper = createStepper({
      config,
      request,
      given,
      ...(query.seed !== undefined && { seed: query.seed }),
    })
    // A configuration that was changed to fit --busy is not the one in the file.
    const configFile = config === read ? file : undefined
    const title = `Stepped through by hand, beginning with ${request.method} ${url}`
    return {
      session: { stepper, configFile, title },
      title: basename(file),
      notes: notes.map(note => `note: ${note}`),
    }
  } catch (error) {
    // A state that the file does not allow was asked for on the command line.
    if (error instanceof StateError) throw new UsageError(error.message)
    throw error
  }
}

/** A request that went through a running edge. */
const recorded = async (address: string, args: Arguments<Options>, io: Io): Promise<Debugged> => {
  const wrong = ofImagined.find(name => args.has(name))
  if (wrong !== undefined) {
    throw new UsageError(
      `--${wrong} is for a request of your own; with --attach it is one that the edge has recorded, and edit changes it`,
    )
  }
  expectOperands(args.operands, [], step.usage)
  const number = args.value('request')
  const wanted = number === undefined ? undefined : wholeNumber('--request', number, 1)
  const { config, recording, list } = await fetched(address, args, wanted)
  if (wanted === undefined) {
    io.out('recorded requests, oldest first; --request N takes another than the newest:\n')
    for (const each of list) io.out(`${printable(summaryText(each))}\n`)
  }
  const stepper = createStepper({ config, recording })
  const { exchange, method, url } = recording
  return {
    session: {
      stepper,
      configFile: undefined,
      title: `Request ${exchange} of the edge at ${address}: ${method} ${url}`,
    },
    title: `request ${exchange} of ${address}`,
    notes: stepper.view.notes.map(note => `note: ${note}`),
  }
}

const fetched = async (
  address: string,
  args: Arguments<Options>,
  wanted: number | undefined,
): Promise<RecordedRequest & { readonly list: readonly RecordingSummary[] }> => {
  try {
    const edge = await attach(address, tokenFrom(args.value('token')))
    const list = await edge.recordings()
    const found = list.findLast(each => wanted === undefined || each.exchange === wanted)
    if (found === undefined) throw new InputError(noRecording(address, list, wanted))
    return { ...(await edge.recording(found.exchange)), list }
  } catch (error) {
    if (!(error instanceof AttachError)) throw error
    if (error.code === 'ADDRESS') throw new UsageError(error.message)
    throw new InputError(error.message)
  }
}

/** Why there is nothing to step through, and what there is. */
const noRecording = (
  address: string,
  list: readonly RecordingSummary[],
  wanted: number | undefined,
): string => {
  const numbers = list.map(each => each.exchange)
  if (numbers.length === 0) {
    return `the edge at ${address} has recorded no request; start it with serve --record N, send it one, and try again`
  }
  const shown = numbers.slice(-20).join(', ')
  return `the edge at ${address} has no recording of request ${wanted}; write --request with one of ${shown}`
}

const summaryText = ({ exchange, recordedAt, method, url, status, code }: RecordingSummary) =>
  `${String(exchange).padStart(6)}  ${recordedAt}  ${status === 0 ? '  -' : status}  ${code}  ${method} ${url}`
