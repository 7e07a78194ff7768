import { modelShape } from './model-shape.ts'
import {
  type Accepted,
  either,
  flag,
  integer,
  list,
  map,
  matching,
  named,
  nothing,
  number,
  object,
  optional,
  type Shape,
  text,
  word,
} from './shape.ts'
import { kinds, recordPattern, stepPattern } from './trace-fields.ts'
import { urlPattern } from './url-pattern.ts'

/*
 * The format of a scenario file. Every member has its meaning beside it; the published JSON Schema
 * (plugin-cfg/scenario.schema.json), the check of a file and the TypeScript types are all made from this text.
 */

/** Longer than any test needs, and short enough to be counted in milliseconds. */
const seconds = { maximum: 1_000_000_000 }

const serverName = 'Name of a server, or CLUSTER/NAME where several clusters have one of that name.'

/** What a server does with an attempt. Statuses are numbers. */
export const answerWords = [
  'ok',
  'refused',
  'unreachable',
  'connect-timeout',
  'connect-failed',
  'tls',
  'handshake',
  'reset',
  'reset-pooled',
  'read-timeout',
  'silent',
  'malformed',
  'broken-answer',
] as const

const answer = either(
  [word(answerWords), integer('', 101, 599)],
  'What the server does: ok, a status, or a way to fail.',
)

const behaviour = named(
  'behaviour',
  object({
    does: answer,
    times: optional(integer('For so many attempts only; then the next entry holds.', 1)),
    afterSeconds: optional(number('How long the server takes. Default 0.', 0, seconds)),
    transport: optional(word(['http', 'https'], 'Only on transports of this protocol.')),
    stream: optional(word(['new', 'pooled'], 'Where the stream came from. Default new.')),
    code: optional(text('Code of the operating system or of TLS, for the trace.')),
  }),
)

const behaviours = either(
  [answer, behaviour, list(either([answer, behaviour]), '', 1)],
  'What a server does from now on; a list: the first entry that fits and is not used up.',
)

const configSource = either(
  [
    text('Path of a plugin-cfg.xml, relative to the scenario.'),
    object({ xml: either([text(), list(text())], 'The text of the file, or its lines.') }),
    object({ model: modelShape }),
  ],
  'The configuration: a file, its text, or the model as a program has it.',
)

const partitionTable = map(list(text()), 'Partition id to the clone IDs of its owners, in order.')

const options = object(
  {
    seed: optional(integer('Seed of the random source. Default 1.', 0, 4_294_967_295)),
    random: optional(
      list(number('', 0, { below: 1 }), 'Random numbers to use before those of the seed.'),
    ),
    affinityFailover: optional(word(['ordered', 'balanced'])),
    insecureFallback: optional(flag()),
    connectionTtlDefaultMs: optional(number('', 0)),
    retryClock: optional(word(['now', 'arrival'])),
    probe503ClearsFlag: optional(flag()),
    statsVocabulary: optional(word(['requests', 'connections'])),
    markDownOn5xx: optional(flag()),
    allDown: optional(word(['fail', 'probe'])),
    backupAffinity: optional(flag()),
    ambiguousPaths: optional(word(['refuse', 'forward'])),
    affinityDialect: optional(
      map(
        word(['websphere', 'jvmroute', 'jvmroute-last', 'jvmroute-ranked', 'bang']),
        'By cluster.',
      ),
    ),
    partitionTables: optional(map(partitionTable, 'By cluster.')),
    unusable: optional(
      list(
        text(),
        'Transports that were skipped when the file was loaded: SERVER for all of them, SERVER/http or SERVER/https.',
      ),
    ),
  },
  'Version switches and other options of the router, by the names that createRouter has for them, and chance.',
)

const adminStates = ['in-service', 'draining', 'stopped'] as const

const serverStates = (description: string) =>
  map(
    either([
      word(['up', 'down'], 'down: with the whole retry interval before it.'),
      object({
        health: optional(
          word(
            ['up', 'down', 'probing'],
            'probing: another request, which is not in the scenario, finds out.',
          ),
        ),
        retryInSeconds: optional(
          number('Left on the retry timer; 0: expired. Implies down, unless it is probing.', 0),
        ),
        admin: optional(
          word(
            adminStates,
            'What an operator has said: draining keeps its sessions and gets no new work, stopped gets nothing. Ours, not the plug-in’s; outlives a reload.',
          ),
        ),
        busy: optional(flag('At its MaxConnections.')),
        pending: optional(integer('Requests under way that never end.', 0)),
        weight: optional(integer('Current weight.')),
        failed: optional(integer('', 0)),
        affinity: optional(integer('', 0)),
        total: optional(integer('', 0)),
      }),
    ]),
    `${description} ${serverName}`,
  )

const firstPick = either(
  [text(), map(text(), 'By cluster.')],
  'The primary that round robin looks at first; otherwise chance decides.',
)

const given = object(
  {
    servers: optional(serverStates('State to begin with.')),
    firstPick: optional(firstPick),
  },
  'State to begin with; what is not named is as after a start.',
)

const outcomes = [
  'served',
  'decline',
  'fail',
  'client-aborted',
  'response-broken',
  'in-flight',
] as const

const exchangeExpectation = named(
  'exchangeExpectation',
  object(
    {
      outcome: optional(word(outcomes, 'How the request stands after this step.')),
      servedBy: optional(
        either(
          [text(), list(text())],
          'The server whose answer the client got; a list when the request is repeated.',
        ),
      ),
      cluster: optional(text('The cluster that the request was bound to.')),
      status: optional(either([integer(), list(integer())], 'What the client saw.')),
      reason: optional(text('Why it failed or was declined, such as all-down.')),
      why: optional(text('Why the last server was chosen, such as affinity.')),
      attempts: optional(integer('Attempts so far.', 0)),
      contacted: optional(list(text(), 'The servers of those attempts, in order.')),
      seconds: optional(number('Time on the virtual clock since the request came.', 0)),
      cookie: optional(
        either([text(), nothing()], 'Session cookie that the user has afterwards; null: none.'),
      ),
      step: optional(stepPattern),
      kinds: optional(
        list(word(kinds), 'Kinds of all trace records of this step, in order, none left out.'),
      ),
      trace: optional(
        list(recordPattern, 'Trace records of this step in this order; others may lie between.'),
      ),
      absent: optional(list(recordPattern, 'Trace records that this step must not have.')),
    },
    'What must be true of a request after a step.',
  ),
)

const note = optional(text('For people; has no effect.'))
const expectExchange = optional(exchangeExpectation)
const names = either([text(), list(text(), '', 1)], 'Name given with hold, or several.')
const origin = optional(word(['new', 'pooled'], 'Where the stream came from. Default new.'))
const bodySent = optional(
  flag(
    'Whether a byte of the body that cannot be sent again was written. Default: as the buffer tells.',
  ),
)

const failureCauses = [
  'refused',
  'unreachable',
  'connect-timeout',
  'connect-failed',
  'tls',
  'handshake',
  'reset',
  'read-timeout',
  'malformed',
] as const

const networkStep = object({
  network: map(behaviours, `${serverName} * is every server that is not named.`),
  note,
})

/** RFC 9110 5.6.2, with every sign that it allows. */
export const methodPattern = "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"

const requestStep = object(
  {
    request: matching(urlPattern, 'http://www.example.com/shop?x=1', 'URL.'),
    method: optional(matching(methodPattern, 'POST', 'Default GET.')),
    headers: optional(
      map(either([text(), list(text())]), 'Further headers. Routing looks at Host and Cookie.'),
    ),
    cookie: optional(either([text(), list(text())], 'Cookie header, or several in order.')),
    host: optional(
      either([text(), nothing()], 'Host header in place of the one in the URL; null: none.'),
    ),
    target: optional(text('Request target in place of the one in the URL, byte for byte.')),
    localPort: optional(
      integer('Port on which the request came in, for VHostMatchingCompat.', 0, 65_535),
    ),
    body: optional(
      either(
        [
          integer('Bytes.', 0),
          object({
            bytes: integer('', 0),
            chunked: optional(flag('The length is not announced. Default false.')),
            arrives: optional(integer('The client breaks off after so many bytes.', 0)),
          }),
        ],
        'Request body. Default: none.',
      ),
    ),
    as: optional(
      text('A user with a cookie jar: sends the session cookie that the servers gave before.'),
    ),
    repeat: optional(integer('Send it so many times, one after the other. Default 1.', 1, 100_000)),
    hold: optional(
      text(
        'Leave it under way, under this name; later steps say how it goes on. With repeat, -1, -2 ... are appended.',
      ),
    ),
    holdAt: optional(
      word(
        ['buffer', 'attempt', 'relay'],
        'Where to stop: reading the body, waiting for the server (default), passing the answer on.',
      ),
    ),
    note,
    expect: expectExchange,
  },
  'A request arrives.',
)

const answerStep = object(
  {
    answer: names,
    status: optional(integer('Default 200.', 101, 599)),
    stream: origin,
    streaming: optional(
      flag('The answer is still being passed on; finish ends it. Default false.'),
    ),
    bodySent,
    note,
    expect: expectExchange,
  },
  'The server of a held request answers.',
)

const failStep = object(
  {
    fail: names,
    cause: word(failureCauses),
    stream: origin,
    bodySent,
    code: optional(text()),
    note,
    expect: expectExchange,
  },
  'The attempt of a held request fails, or its answer breaks off.',
)

const bodyStep = object(
  {
    body: names,
    is: word(
      ['read', 'short', 'too-large'],
      'read: into memory; short: the client broke off; too-large: beyond PostSizeLimit.',
    ),
    bytes: optional(integer('Bytes read, with read. Default: what the buffer takes.', 0)),
    complete: optional(flag('Whether that is all of it, with read.')),
    note,
    expect: expectExchange,
  },
  'How reading the body of a held request went.',
)

const finishStep = object(
  { finish: names, note, expect: expectExchange },
  'The answer of a held request has been passed on whole.',
)

const abortStep = object(
  { abort: names, note, expect: expectExchange },
  'The client of a held request goes away.',
)

const releaseStep = object(
  { release: names, note, expect: expectExchange },
  'A held request runs to its end, as the network says.',
)

const waitStep = object({ wait: number('Seconds that pass.', 0, seconds), note })

const reloadStep = object(
  {
    reload: configSource,
    given: optional(given),
    expect: optional(
      object({
        rejected: optional(flag('true: the file has errors and the old configuration stays.')),
        codes: optional(list(text(), 'Diagnostics that reading it must give.')),
      }),
    ),
    note,
  },
  'Another configuration from now on, with fresh state but for what an operator has said of its servers. Requests under way keep the old one.',
)

const restartStep = object(
  {
    restart: word(
      ['exact', 'settled'],
      'exact: just as it was; settled: with nothing under way, as after a crash.',
    ),
    note,
  },
  'A new router begins in the state of the old one. Requests under way stay with the old one.',
)

const partitionStep = object(
  { partitionTable: map(partitionTable, 'By cluster.'), note },
  'The servers tell who owns which partition.',
)

const markStep = object(
  {
    mark: serverStates('What each server is from now on; what is not said stays as it is.'),
    firstPick: optional(firstPick),
    note,
  },
  'The state is changed by hand, or by requests that are not in the scenario. Requests under way go on from there.',
)

const stateStep = object(
  {
    expect: object({
      servers: optional(
        map(
          either([
            word(['up', 'down', 'probing']),
            object({
              health: optional(word(['up', 'down', 'probing'])),
              admin: optional(word(adminStates)),
              retryInSeconds: optional(either([number('', 0), nothing()])),
              lastFailureAtSeconds: optional(either([number(), nothing()])),
              busy: optional(flag()),
              usable: optional(flag()),
              list: optional(word(['primary', 'backup', 'none', 'cluster-address'])),
              weight: optional(integer()),
              startWeight: optional(integer()),
              pending: optional(integer()),
              failed: optional(integer()),
              affinity: optional(integer()),
              total: optional(integer()),
            }),
          ]),
          serverName,
        ),
      ),
      weights: optional(map(integer(), `Current weights. ${serverName}`)),
      cursor: optional(
        map(
          either([text(), nothing()]),
          'The primary that round robin picked last, by cluster; null: none yet.',
        ),
      ),
      inFlight: optional(list(text(), 'Names of all held requests that have not ended.')),
      exchanges: optional(integer('Requests since the configuration was loaded.', 0)),
      nowSeconds: optional(number('Time on the virtual clock.', 0)),
    }),
    note,
  },
  'What must be true of the router now.',
)

const step = named(
  'step',
  either([
    networkStep,
    requestStep,
    answerStep,
    failStep,
    bodyStep,
    finishStep,
    abortStep,
    releaseStep,
    waitStep,
    reloadStep,
    restartStep,
    partitionStep,
    markStep,
    stateStep,
  ]),
)

const scenario = object(
  {
    $schema: optional(text()),
    title: text('One sentence.'),
    source: optional(text('Public source of the facts.')),
    notes: optional(either([text(), list(text())], 'For people; has no effect.')),
    config: optional(configSource),
    options: optional(options),
    given: optional(given),
    steps: list(step, 'What happens, in order.'),
  },
  'Requests, failures and waits on a virtual clock, and what the plug-in must do about them.',
)

/** A whole scenario file. */
export const scenarioShape: Shape<Scenario> = scenario

export type Scenario = Accepted<typeof scenario>
export type ScenarioStep = Accepted<typeof step>
export type Given = Accepted<typeof given>
export type GivenServer = Exclude<NonNullable<Given['servers']>[string], string>
export type ConfigSource = Accepted<typeof configSource>
export type Answer = Accepted<typeof answer>
export type Behaviour = Accepted<typeof behaviour>
export type Behaviours = Accepted<typeof behaviours>
export type RequestStep = Accepted<typeof requestStep>
export type ExchangeExpectation = Accepted<typeof exchangeExpectation>
export type StateExpectation = Accepted<typeof stateStep>['expect']
export type MarkStep = Accepted<typeof markStep>
export type ReloadStep = Accepted<typeof reloadStep>

/** The published JSON Schema, as an object. */
export const scenarioSchema = (): object => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Scenario of plugin-cfg simulate',
  ...scenario.schema,
  $defs: scenario.definitions,
})
