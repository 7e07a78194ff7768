import type { AttemptStep, Why } from '../core/step.ts'
import type { SkipReason, TraceKind, TraceRecord } from '../core/trace.ts'
import { failureRule, refusalRule } from './failure-rules.ts'
import type { NetworkStep, StepperView, Upcoming } from './stepper.ts'

/**
 * The rule behind the step about to happen, in plain words, with the section of the routing rules it is from.
 *
 * @param view what the user sees before it: some rules only make sense with the configuration or the state.
 */
export const ruleOf = (upcoming: Upcoming, view: StepperView): string => {
  switch (upcoming.kind) {
    case 'decision':
      return (recordRules[upcoming.record.kind] as Rule<TraceKind>)(upcoming.record, view)
    case 'network':
      return networkRule(upcoming.step, view)
    case 'end':
      return endRule(upcoming)
  }
}

type Rule<K extends TraceKind> = (
  record: Extract<TraceRecord, { kind: K }>,
  view: StepperView,
) => string

const selectRules: Readonly<Record<Why, string>> = {
  affinity:
    'A session goes to the server whose clone ID it carries, whatever the weights say, as long as that server can take it. (routing 2.3)',
  'round-robin':
    'Round robin goes on from the server after the last one picked and takes the first whose weight is above 0 and that is up; the pick costs one weight. (routing 3.2)',
  random:
    'Random draws any primary, and from there takes the first in list order that is up and not busy; weights play no part. (routing 3.6)',
  'only-server':
    'Where a cluster has one server that can be used, it gets every request; it is never marked down. (routing 2.5)',
  backup:
    'Backups are used only while no primary can take the request: the first in their list that can, without turns or weights. (routing 6)',
  'next-in-list':
    "With the old failover order, the next server in the list after the session's own takes over, weights ignored. (routing 2.4)",
  'cluster-address':
    'A request whose session leads to no member goes to the ClusterAddress, where a load balancer chooses. (routing 6)',
  'same-server':
    'After a stale stream of the pool the same server gets the request once more on a new stream, and this is not counted as a retry. (routing 4.1, F6)',
  'least-recently-failed':
    'With allDown set to probe, the server whose failure is longest ago is tried when every server is down. (routing 5)',
}

const skipRules: Readonly<Record<SkipReason, string>> = {
  'marked-down':
    'A server that is marked down is left alone until RetryInterval seconds have passed since its last failure. (routing 5)',
  probing:
    'Only one request at a time may find out whether a server that was down works again; all others pass it over. (routing 5)',
  busy: 'A server with as many pending requests as MaxConnections is passed over, but not marked down. (routing 5)',
  weight:
    'A server whose weight is used up takes no new requests until the weights are reset; sessions still reach it. (routing 3.2)',
  tried:
    'A retry leaves out the servers that this request has been to, while another one can take it. (routing 3.2)',
  'answered-503':
    'A server that answered this request with 503 is not asked again. (routing 4.1, F11)',
  draining:
    "A server that an operator is draining keeps its sessions and is passed over by new work. (ours, not the plug-in's)",
  stopped:
    "A server that an operator has stopped gets no request at all, not even of its sessions. (ours, not the plug-in's)",
  'no-transport': 'A server without a transport for the request is passed over. (routing 8.1)',
}

const recordRules: { readonly [K in TraceKind]: Rule<K> } = {
  route: () =>
    'Of all Routes whose virtual host and URI both match, the one with the most literal characters in its pattern wins; its Uri also names the session cookie. (routing 1.2)',
  decline: () =>
    'A request that no Route matches is not ours: it is left to the web server, and that is no error. (routing 1.2)',
  ids: ({ reparsed, source }) => {
    if (reparsed) return 'Every retry reads the session again from the request. (routing 1.1)'
    return source === 'none'
      ? 'Without a session, or where no server has a clone ID, the request is balanced like new work. (routing 2.1)'
      : 'The session is read from the cookie first and from the URL only without one; what follows the separator are the clone IDs of its servers, in order. (routing 2.1)'
  },
  compare: () =>
    'Each clone ID of the session is compared with every server in list order, until one fits that can take the request. (routing 2.3)',
  check: ({ ignoreWeights, markedDown, retryNow }) => {
    if (markedDown && retryNow) {
      return 'A server that is down may be tried again by one request as soon as its retry timer has run out. (routing 3.7)'
    }
    return ignoreWeights
      ? 'The server must be up, or due for a probe, and below MaxConnections; its weight does not count here. (routing 3.7)'
      : 'The server must be up, or due for a probe, below MaxConnections, and have weight left. (routing 3.7)'
  },
  skip: ({ reason }) => skipRules[reason],
  select: ({ why, probe }) =>
    probe
      ? `${selectRules[why]} It was down and its retry timer has run out, so this one request is the probe. (routing 5)`
      : selectRules[why],
  transport: record =>
    ({
      1: 'A request that came by https goes out on the https transport of the server. (routing 8.1)',
      2: 'A request that came by http goes out on the http transport of the server. (routing 8.1)',
      3: 'A request that came by http goes out on https when the server has nothing else. (routing 8.1)',
      4: 'A request that came by https goes out on http only where UseInsecure allows it. (routing 8.1)',
    })[record.case],
  stream: ({ from }) =>
    from === 'pooled'
      ? 'An idle connection of the pool is used first, if the server has not closed it and it is younger than ConnectionTTL. (routing 8.2)'
      : 'Without an idle connection in the pool a new one is opened. (routing 8.2)',
  connect: ({ result, connectTimeoutMs }) => {
    if (result === 'ok') {
      return 'A connection that stands says nothing yet: the server is judged by its answer. (routing 4.1)'
    }
    return connectTimeoutMs > 0
      ? 'A connection must stand within ConnectTimeout; one that does not counts against the server. (routing 4.1)'
      : 'Without ConnectTimeout the operating system decides how long connecting may take. (routing 4.1)'
  },
  fail: record => failureRule(record),
  'mark-down': ({ reason }) =>
    ({
      failure:
        'A server that failed gets no requests until RetryInterval seconds have passed, counted from this failure. (routing 5)',
      'probe-failed':
        'A probe that fails leaves the server down, and the whole RetryInterval begins again. (routing 5)',
      'failed-again':
        'A server that is down and fails once more has its RetryInterval begin again. (routing 5)',
      busy: 'With MarkBusyDown a server at its MaxConnections is marked down like one that failed. (routing 5)',
    })[reason],
  retry: ({ how }) =>
    how === 'same-server'
      ? 'The one attempt after a stale stream goes to the same server and is not counted. (routing 4.3)'
      : 'There are no more attempts than one and one for each server; then the choice begins again with the session. (routing 4.3)',
  'mark-up': ({ reason }) =>
    reason === 'probe-answered'
      ? 'Any answer to a probe marks the server up again; its weight and counters stay what they were. (routing 4.4)'
      : 'Any answer but 503 marks a server up, also one to a request sent before it went down. (routing 4.4)',
  stats: () =>
    'After every attempt the counters of its server are settled: pending falls, and failed or total has grown. (routing 5.1)',
  weights: ({ reset }) =>
    reset > 0
      ? 'When no server that is up and not busy has weight left, all that have none get their start weight, as many times as it takes. (routing 3.3)'
      : 'Each pick by round robin costs its server one weight; when all is used up, the start weights are added again. (routing 3.2)',
  outcome: ({ result, reason }) => {
    switch (result) {
      case 'served':
        return 'An answer is passed on as it came, whatever its status; only a 503 may send the request elsewhere before that. (routing 4.1)'
      case 'decline':
        return 'A request that no Route matches is left to the web server. (routing 1.2)'
      case 'fail':
        return refusalRule(reason)
      case 'client-aborted':
        return 'What the client does is never held against a server. (routing 4.1, F15)'
      case 'response-broken':
        return 'After the first byte went to the client nothing can be tried again. (routing 4.1, F14)'
    }
  },
}

const networkRule = (step: NetworkStep, view: StepperView): string => {
  switch (step.kind) {
    case 'buffer':
      return 'A request body that fits into PostBufferSize is read into memory first, so that it can be sent to a second server. (routing 4.2)'
    case 'relay':
      return 'From the first byte that the client gets, the request cannot go to another server any more. (routing 4.1, F14)'
    case 'attempt':
      return `${attemptRule(step, view)} (routing 4.1)`
  }
}

/** Whatever counts most in this attempt. */
const attemptRule = (step: AttemptStep, { config }: StepperView): string => {
  const cluster = config.clusters.find(each => each.name === step.cluster)
  const server = cluster?.servers.find(each => each.name === step.server)
  if (step.probe) {
    return 'This is the probe: any answer marks the server up, any failure starts its retry timer anew.'
  }
  const connecting =
    step.connectTimeoutMs > 0
      ? `The server has ${step.connectTimeoutMs / 1000} s to accept the connection (ConnectTimeout)`
      : 'Nothing but the operating system limits the time for connecting (ConnectTimeout 0)'
  const reading =
    step.serverIoTimeoutMs > 0
      ? `${step.serverIoTimeoutMs / 1000} s for each part of its answer (ServerIOTimeout, which ${server?.serverIoTimeoutMarksDown === true ? 'marks it down' : 'does not mark it down'})`
      : 'no limit for its answer (ServerIOTimeout 0)'
  return `${connecting}, and ${reading}; any status but 503 is passed on.`
}

const endRule = ({ step }: Extract<Upcoming, { kind: 'end' }>): string => {
  switch (step.kind) {
    case 'decline':
      return 'The web server goes on with the request as if the plug-in were not there. (routing 1.2)'
    case 'fail':
      return refusalRule(step.reason)
    default:
      return 'Nothing follows: health, weights and counters stay for the next request, the session only in its cookie. (routing 1.1)'
  }
}
