import { traceKinds } from '../core/trace.ts'
import type { StepperView } from '../stepper/stepper.ts'
import { breakpointText, wordings } from './command.ts'
import { type Editor, editorOf } from './line-editor.ts'

/** What stands below the decisions and takes the keys. */
export type Dialog = Menu | Prompt | Question | Help

/** One key for each entry. */
export interface Menu {
  readonly kind: 'menu'
  readonly title: string
  readonly entries: readonly MenuEntry[]
}

export interface MenuEntry {
  readonly key: string
  readonly label: string
  /** A command, or what to ask next. */
  readonly does: string | Dialog
}

/** A line to write. What is written follows `prefix`, and both together are a command. */
export interface Prompt {
  readonly kind: 'prompt'
  readonly title: string
  readonly prefix: string
  readonly editor: Editor
  /** Completed by Tab; a number of one stands for it when `numbered`. */
  readonly choices: readonly string[]
  readonly numbered: boolean
}

/** Yes or no; yes is this command. */
export interface Question {
  readonly kind: 'question'
  readonly title: string
  readonly yes: string
}

export interface Help {
  readonly kind: 'help'
  /** Lines scrolled over. */
  readonly from: number
}

const prompt = (
  title: string,
  prefix: string,
  text = '',
  choices: readonly string[] = [],
  numbered = false,
): Prompt => ({ kind: 'prompt', title, prefix, editor: editorOf(text), choices, numbered })

/** What the network answers. */
export const answerMenu: Menu = {
  kind: 'menu',
  title: 'What does the network do?',
  entries: [
    { key: 'o', label: 'ok, status 200', does: 'answer ok' },
    { key: 'r', label: 'connection refused', does: 'answer refused' },
    { key: 'c', label: 'connect timeout', does: 'answer connect-timeout' },
    { key: 't', label: 'TLS failure', does: 'answer tls' },
    { key: 'p', label: 'stale stream of the pool', does: 'answer reset-pooled' },
    { key: 'f', label: 'reset before sending', does: 'answer reset-before-sending' },
    { key: 'x', label: 'reset after sending', does: 'answer reset' },
    { key: 'i', label: 'read timeout (ServerIOTimeout)', does: 'answer read-timeout' },
    { key: '5', label: 'status 503', does: 'answer 503' },
    { key: 's', label: 'another status', does: prompt('Status, 200 to 599', 'answer ') },
    { key: 'g', label: 'the client goes away', does: 'answer gone' },
    { key: 'u', label: 'host unreachable', does: 'answer unreachable' },
    { key: 'h', label: 'no answer to the handshake', does: 'answer handshake' },
    { key: 'm', label: 'answer that is not HTTP', does: 'answer malformed' },
    { key: 'k', label: 'answer that breaks off', does: 'answer broken-answer' },
  ],
}

/** Which part of the request is to be another. */
export const editMenu = ({ request }: StepperView): Menu => ({
  kind: 'menu',
  title: 'Edit what? The request then begins again.',
  entries: [
    { key: 'u', label: 'URL', does: prompt('URL', 'edit url ', request.url) },
    { key: 'm', label: 'method', does: prompt('Method', 'edit method ', request.method, methods) },
    {
      key: 'h',
      label: 'header field',
      does: prompt(
        'NAME: VALUE; without a value the field is taken away',
        'edit header ',
        '',
        Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`),
        true,
      ),
    },
    {
      key: 'c',
      label: 'cookie',
      does: prompt('Cookie, or none', 'edit cookie ', request.cookie ?? '', ['none']),
    },
    {
      key: 'b',
      label: 'body',
      does: prompt('Bytes of the body', 'edit body ', String(request.bodyBytes)),
    },
  ],
})

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** Breakpoints: set one, or take one away. */
export const breakpointMenu = (view: StepperView): Menu => ({
  kind: 'menu',
  title: 'Stop where?',
  entries: [
    {
      key: 's',
      label: 'server',
      does: prompt('Stop at which server?', 'break server ', '', serverNames(view, true), true),
    },
    {
      key: 'k',
      label: 'kind of decision',
      does: prompt('Stop at which kind?', 'break kind ', '', traceKinds, true),
    },
    {
      key: 'c',
      label: 'cluster',
      does: prompt(
        'Stop at which cluster?',
        'break cluster ',
        '',
        view.config.clusters.map(cluster => cluster.name),
        true,
      ),
    },
    ...view.breakpoints.slice(0, 9).map((at, index) => ({
      key: String(index + 1),
      label: `take away: ${breakpointText(at)}`,
      does: `unbreak ${breakpointText(at)}`,
    })),
    ...(view.breakpoints.length > 0
      ? [{ key: 'a', label: 'take all away', does: 'unbreak all' }]
      : []),
  ],
})

/** Which server to mark by hand. */
export const markPrompt = (health: 'up' | 'down', view: StepperView): Prompt =>
  prompt(`Mark which server ${health}?`, `${health} `, '', serverNames(view, false), true)

/** How long to wait; what is there already is the time until a server may be probed. */
export const waitPrompt = ({ state, cluster }: StepperView): Prompt => {
  const timers = state.clusters
    .filter(each => cluster === undefined || each.name === cluster)
    .flatMap(each => each.servers)
    .flatMap(server =>
      server.retryInMs === null || server.retryInMs === 0 ? [] : [server.retryInMs],
    )
  const soonest = timers.length === 0 ? '' : String(Math.min(...timers) / 1000)
  return prompt('Let how many seconds pass?', 'wait ', soonest)
}

/** Another URL for the next request of the user. */
export const sendPrompt = ({ request }: StepperView): Prompt =>
  prompt('URL of the next request', 'send ', request.url)

/** Where to save. */
export const savePrompt: Prompt = prompt('Save as', 'save ', 'step.json')

/** Any command, as words. */
export const commandPrompt: Prompt = prompt(
  'Command',
  '',
  '',
  wordings.map(each => each.word),
)

export const overwriteQuestion = (file: string): Question => ({
  kind: 'question',
  title: `${file} exists. Replace it?`,
  yes: `replace ${file}`,
})

/** Names of the servers, those of the request's cluster alone once it is known. */
const serverNames = ({ config, cluster }: StepperView, withAddress: boolean): readonly string[] => {
  const own = config.clusters.filter(each => each.name === cluster)
  const shown = own.length > 0 ? own : config.clusters
  const names = shown.flatMap(each => [
    ...each.servers.map(server => server.name),
    ...(withAddress && each.clusterAddress !== undefined ? [each.clusterAddress.name] : []),
  ])
  return [...new Set(names)]
}
