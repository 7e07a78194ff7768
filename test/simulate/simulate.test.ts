import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import t from 'tap'
import { parseJson } from '../../src/simulate/json.ts'
import { loadScenario } from '../../src/simulate/read-scenario.ts'
import { renderReport } from '../../src/simulate/report.ts'
import { type ScenarioReport, simulate } from '../../src/simulate/simulate.ts'

const folder = resolve(import.meta.dirname, '../../plugin-cfg')
const snoop = 'http://www.example.com/snoop'
const named = (clone: string) => `JSESSIONID=0000abcdefghijklmnopqrstuvw:${clone}`

/** Runs steps against a sample. */
const run = async (
  steps: readonly object[],
  { config = 'figure-5-12.xml', ...rest }: Readonly<Record<string, unknown>> = {},
): Promise<ScenarioReport> => {
  const text = JSON.stringify({ title: 'test', config, steps, ...rest })
  const loaded = await loadScenario(`${folder}/test.json`, text)
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems))
  return simulate(loaded.scenario, loaded.configs)
}

const mismatches = (report: ScenarioReport) => report.steps.flatMap(step => step.mismatches)
const blocked = (report: ScenarioReport) => report.steps.at(-1)?.blocked

t.test('a scenario without expectations passes and tells what happened', async t => {
  const report = await run([{ request: snoop }, { wait: 1.5 }], {
    given: { firstPick: 'PluginMember2' },
  })
  t.match(report, {
    title: 'test',
    passed: true,
    seconds: 1.5,
    usedChance: false,
    steps: [
      { index: 0, verb: 'request', events: [`GET ${snoop} -> PluginMember2 200 (round-robin)`] },
      { index: 1, verb: 'wait', events: ['1.5 s pass; the clock stands at 1.5 s'] },
    ],
  })
  t.equal(report.steps[0]?.records[0]?.kind, 'route')
})

const unmet = [
  ['servedBy', { servedBy: 'PluginMember2' }, '"PluginMember2"', '"PluginMember1"'],
  ['status', { status: 503 }, '503', '200'],
  ['outcome', { outcome: 'fail' }, '"fail"', '"served"'],
  ['cluster', { cluster: 'Other' }, '"Other"', '"PluginCluster"'],
  ['why', { why: 'affinity' }, '"affinity"', '"round-robin"'],
  ['reason', { reason: 'all-down' }, '"all-down"', 'served 200'],
  ['attempts', { attempts: 2 }, '2', '1'],
  ['contacted', { contacted: [] }, '[]', '["PluginMember1"]'],
  ['seconds', { seconds: 5 }, '5', '0'],
  ['cookie', { cookie: 'x' }, '"x"', 'null'],
  ['kinds[1]', { kinds: ['route', 'select'] }, 'select', /^ids \(all: route ids check/],
  [
    'absent[0]',
    { absent: ['select'] },
    'no record "select"',
    /^record \d+: PluginMember1 is chosen/,
  ],
  [
    'trace[1]',
    { trace: ['select', 'route'] },
    /^"route" after record \d+ \(select\)$/,
    /^no record of kind "route" after record \d+ \(select\); there: transport/,
  ],
  [
    'trace[0]',
    { trace: [{ kind: 'select', server: 'x' }] },
    '{"kind":"select","server":"x"} in the trace',
    '{"kind":"select","server":"PluginMember1"}',
  ],
] as const

for (const [what, expect, expected, got] of unmet) {
  t.test(`an expectation of ${JSON.stringify(expect)} that does not hold is reported`, async t => {
    const report = await run([{ request: snoop, expect }], {
      given: { firstPick: 'PluginMember1' },
    })
    t.equal(report.passed, false)
    t.match(mismatches(report), [{ what, path: `.expect.${what}`, expected, got }])
  })
}

t.test('the step that a held request waits in is compared as well', async t => {
  const report = await run([
    { request: snoop, hold: 'a', expect: { step: { kind: 'relay' }, outcome: 'in-flight' } },
  ])
  t.match(mismatches(report), [{ what: 'step', expected: '{"kind":"relay"}' }])
})

t.test('repeated requests are compared one by one', async t => {
  const report = await run(
    [{ request: snoop, repeat: 3, expect: { servedBy: ['PluginMember1', 'PluginMember1', 'x'] } }],
    { given: { firstPick: 'PluginMember1' } },
  )
  t.match(mismatches(report), [
    {
      what: 'servedBy of request 2',
      path: '.expect.servedBy[1]',
      expected: '"PluginMember1"',
      got: '"PluginMember2"',
    },
    { what: 'servedBy of request 3', expected: '"x"', got: /^no server is named "x" \(servers: / },
  ])
})

t.test('servedBy may name the cluster', async t => {
  const expect = { servedBy: 'PluginCluster/PluginMember1' }
  const report = await run([{ request: snoop, expect }], { given: { firstPick: 'PluginMember1' } })
  t.ok(report.passed)
})

t.test('states that do not hold are reported with server and field', async t => {
  const report = await run([
    {
      expect: {
        servers: { PluginMember1: 'down', PluginMember2: { pending: 1, total: 0 }, Nobody: 'up' },
        weights: { PluginMember1: 5 },
        cursor: { PluginCluster: 'PluginMember1', Nothing: null },
        inFlight: ['a'],
        exchanges: 1,
        nowSeconds: 9,
      },
    },
  ])
  t.match(mismatches(report), [
    { what: 'servers.PluginMember1.health', expected: '"down"', got: '"up"' },
    { what: 'servers.PluginMember2.pending', expected: '1', got: '0' },
    { what: 'servers.Nobody', expected: '"up"', got: /no server is named "Nobody"/ },
    { what: 'weights.PluginMember1', expected: '5', got: '1' },
    { what: 'cursor.PluginCluster', expected: '"PluginMember1"', got: 'null' },
    { what: 'cursor.Nothing', expected: 'null', got: /^no cluster is named "Nothing" / },
    { what: 'inFlight', expected: '["a"]', got: '[]' },
    { what: 'exchanges', expected: '1', got: '0' },
    { what: 'nowSeconds', expected: '9', got: '0' },
  ])
})

/** The text of a place in a scenario. */
const at = (text: string, { line, column }: { readonly line: number; readonly column: number }) =>
  text.split('\n')[line - 1]?.slice(column - 1) ?? ''

const places = [
  [{ request: snoop, expect: { status: 404 } }, '404'],
  [{ request: snoop, expect: { trace: ['route', 'mark-up'] } }, '"mark-up"'],
  [{ request: snoop, expect: { kinds: ['route', 'select'] } }, '"select"'],
  [{ request: snoop, expect: { absent: ['decline', 'select'] } }, '"select"'],
  [{ expect: { servers: { PluginMember2: { pending: 7 } } } }, '7'],
  [{ expect: { servers: { PluginMember2: 'down' } } }, '"down"'],
  [{ expect: { weights: { 'PluginCluster/PluginMember1': 9 } } }, '9'],
  [{ reload: { xml: '<Config/>' }, expect: { codes: ['L66', 'L99'] } }, '"L99"'],
] as const

for (const [step, text] of places) {
  t.test(`what does not hold in ${JSON.stringify(step)} is pointed at: ${text}`, async t => {
    const json = JSON.stringify({ title: 'x', config: 'figure-5-12.xml', steps: [step] }, null, 1)
    const loaded = await loadScenario(`${folder}/x.json`, json)
    if ('problems' in loaded) return t.fail('problems', { ...loaded })
    const report = simulate(loaded.scenario, loaded.configs)
    const [mismatch] = mismatches(report)
    if (mismatch === undefined) return t.fail('it holds')
    t.match(at(json, loaded.json.at(`$.steps[0]${mismatch.path}`)), text)
    const rendered = renderReport(report, { file: 'x', json: loaded.json, trace: false })
    const [, line, column] = /^ {2}!! x:(\d+):(\d+) step 1 /m.exec(rendered) ?? []
    t.ok(at(json, { line: Number(line), column: Number(column) }).startsWith(text), rendered)
  })
}

const impossible = [
  [[{ answer: 'a' }], /no request is held under the name "a"; held: none/],
  [
    [
      { request: snoop, hold: 'a' },
      { request: snoop, hold: 'a' },
    ],
    /a request named "a" is still under way/,
  ],
  [[{ request: snoop, hold: 'a' }, { finish: 'a' }], /relayed/],
  [
    [{ request: snoop, hold: 'a' }, { answer: 'a' }, { fail: 'a', cause: 'reset' }],
    /the request "a" has ended; nothing can follow/,
  ],
  [
    [
      { request: snoop, method: 'POST', body: 5, hold: 'a', holdAt: 'buffer' },
      { body: 'a', is: 'read', bytes: 6 },
    ],
    /6 bytes cannot be read: the body of the request has 5/,
  ],
  [
    [{ request: snoop, method: 'POST', body: { bytes: 10, arrives: 20 } }],
    /arrives is 20, more than the 10 bytes of the body/,
  ],
  [[{ request: 'http://::1/' }], /"::1" in the URL is not a host; .* IPv6 address in brackets/],
  [
    [{ request: snoop, repeat: 2, expect: { servedBy: ['a'] } }],
    /servedBy lists 1, but the request is sent 2 times/,
  ],
  [[{ network: { Nobody: 'ok' } }], /no server is named "Nobody"/],
  [
    [{ network: { PluginMember1: ['ok', 'refused'] } }],
    /entry 1 for "PluginMember1" holds for ever/,
  ],
  [[{ partitionTable: { Nothing: {} } }], /no cluster is named "Nothing"/],
] as const

for (const [steps, message] of impossible) {
  t.test(`${JSON.stringify(steps.at(-1))} ends the scenario with a reason`, async t => {
    const report = await run([...steps, { wait: 1 }])
    t.equal(report.passed, false)
    t.equal(report.steps.length, steps.length, 'nothing follows')
    t.match(blocked(report), { message })
    t.equal(report.notRun, 1)
  })
}

t.test('a start that cannot be ends the scenario before its first step', async t => {
  const broken = [
    [{ given: { servers: { Nobody: 'down' } } }, /no server is named "Nobody"/],
    [{ config: { xml: '<Config' } }, /the configuration has errors: xml:1:\d+ L01/],
    [{ options: { unusable: ['Nobody/http'] } }, /no server is named "Nobody"/],
    [{ options: { affinityDialect: { Other: 'bang' } } }, /no cluster is named "Other"/],
    [{ options: { partitionTables: { Other: {} } } }, /no cluster is named "Other"/],
  ] as const
  for (const [change, message] of broken) {
    const report = await run([{ wait: 1 }], change)
    t.match(report, { passed: false, steps: [{ index: -1, verb: 'config' }] })
    t.match(blocked(report), { message })
  }
})

t.test('without a configuration the first step is a reload', async t => {
  const text = JSON.stringify({ title: 'x', steps: [{ request: snoop }] })
  const loaded = await loadScenario(`${folder}/test.json`, text)
  if ('problems' in loaded) return t.fail('problems')
  const report = simulate(loaded.scenario, loaded.configs)
  t.match(blocked(report), { path: '$.steps[0]', message: /no configuration is loaded/ })
  t.equal(report.snapshot, undefined)
  t.ok((await run([{ reload: 'backups.xml' }, { request: 'http://a/bank/x' }])).passed)
})

t.test('E5 a reload that is refused, or ought to be, is reported', async t => {
  const bad = { xml: ['<Config>', '<Route ServerCluster="Missing"/>', '</Config>'] }
  const unexpected = await run([{ reload: bad }, { request: snoop, expect: { outcome: 'served' } }])
  t.match(mismatches(unexpected), [{ what: 'rejected', expected: 'false', got: /L04/ }])
  const other = await run([
    { reload: 'backups.xml', expect: { rejected: true, codes: ['L99'] } },
    { request: snoop, expect: { outcome: 'decline' } },
  ])
  t.match(mismatches(other), [
    { what: 'rejected', expected: 'true', got: 'false' },
    { what: 'codes', expected: 'L99' },
  ])
})

t.test('a reload begins in the state it is given', async t => {
  const report = await run([
    { reload: 'figure-5-12.xml', given: { servers: { PluginMember2: 'down' } } },
    { expect: { servers: { PluginMember2: { retryInSeconds: 60 } } } },
  ])
  t.strictSame(mismatches(report), [])
})

t.test('a restart keeps the state, and settled ends what was under way', async t => {
  const report = await run([
    { request: snoop, cookie: named('v544d031'), hold: 'a' },
    { fail: 'a', cause: 'refused' },
    { restart: 'exact' },
    { expect: { servers: { PluginMember1: 'down', PluginMember2: { pending: 1 } } } },
    { restart: 'settled' },
    {
      expect: {
        servers: {
          PluginMember1: { health: 'down', retryInSeconds: 60 },
          PluginMember2: { pending: 0 },
        },
      },
    },
    { note: 'It still belongs to the first router.', answer: 'a', expect: { outcome: 'served' } },
    { expect: { servers: { PluginMember2: { total: 0 } } } },
  ])
  t.strictSame(mismatches(report), [])
})

t.test('users keep their cookies, and a request may send others', async t => {
  const cookies = `a=1; ${named('v544d0o0')}`
  const report = await run(
    [
      { request: snoop, as: 'ann', expect: { servedBy: 'PluginMember1' } },
      { request: snoop, as: 'ann', expect: { servedBy: 'PluginMember1', why: 'affinity' } },
      {
        request: snoop,
        as: 'ann',
        cookie: cookies,
        expect: { servedBy: 'PluginMember2', why: 'affinity' },
      },
      { request: snoop, as: 'ann', expect: { servedBy: 'PluginMember2', why: 'affinity' } },
      { request: snoop, as: 'ben', expect: { why: 'round-robin' } },
      {
        request: snoop,
        headers: { Cookie: [named('x'), named('v544d0o0')] },
        expect: { why: 'affinity' },
      },
      { network: { '*': 500 } },
      { request: snoop, as: 'eve', expect: { status: 500, cookie: null } },
    ],
    { given: { firstPick: 'PluginMember1' } },
  )
  t.strictSame(mismatches(report), [])
})

t.test('host, target and headers may differ from the URL', async t => {
  const report = await run([
    { request: 'http://a:99/x', host: 'b', target: '/snoop', expect: { outcome: 'served' } },
    { request: snoop, host: null, expect: { trace: [{ kind: 'route', host: '', port: 80 }] } },
    { request: snoop, headers: { HOST: 'c:99' }, expect: { outcome: 'decline' } },
    { request: snoop, target: '/sn%zz', expect: { status: 400 } },
    { request: 'http://a', expect: { trace: [{ kind: 'decline', path: '/' }] } },
    { request: 'http://a?x', expect: { trace: [{ kind: 'decline', path: '/' }] } },
  ])
  t.strictSame(mismatches(report), [])
})

t.test('F14 a broken answer, and one that never comes', async t => {
  const xml = [
    '<Config><UriGroup Name="u"><Uri Name="/*"/></UriGroup><ServerCluster Name="C">',
    '<Server Name="m1"><Transport Hostname="127.0.0.1" Port="1"/></Server></ServerCluster>',
    '<Route UriGroup="u" ServerCluster="C"/></Config>',
  ]
  const report = await run(
    [
      { network: { m1: 'broken-answer' } },
      { request: snoop, expect: { outcome: 'response-broken', status: 200 } },
      { network: { m1: 'silent' } },
      { request: snoop, expect: { outcome: 'in-flight', step: { kind: 'attempt' } } },
      { network: { m1: 'ok' } },
      { request: snoop, hold: 'a', holdAt: 'relay', expect: { step: { kind: 'relay' } } },
      { release: 'a', expect: { servedBy: 'm1' } },
    ],
    { config: { xml } },
  )
  t.strictSame(mismatches(report), [])
  t.match(report.steps[3]?.notes, [/m1 never answers/])
})

t.test('E14 a body of unknown length has no size', async t => {
  const report = await run([
    {
      request: snoop,
      method: 'POST',
      body: { bytes: 0, chunked: true },
      hold: 'a',
      holdAt: 'buffer',
      expect: { step: { kind: 'buffer' } },
    },
    {
      body: 'a',
      is: 'read',
      bytes: 65_536,
      complete: false,
      expect: { step: { kind: 'attempt' } },
    },
    {
      fail: 'a',
      cause: 'reset',
      bodySent: true,
      expect: { reason: 'not-replayable', status: 500 },
    },
    { request: snoop, method: 'POST', body: 10, hold: 'b', holdAt: 'buffer' },
    { body: 'b', is: 'short', expect: { status: 400 } },
    { request: snoop, method: 'POST', body: 10, hold: 'c', holdAt: 'buffer' },
    { body: 'c', is: 'too-large', expect: { status: 413 } },
  ])
  t.strictSame(mismatches(report), [])
})

t.test('the same seed draws the same servers, and a drawn number is owned up to', async t => {
  const drawn = async (seed: number) => {
    const report = await run([{ request: 'http://a/drawn/', repeat: 20 }], {
      config: 'weights.xml',
      options: { seed },
    })
    t.match(report, { seed, usedChance: true })
    return report.steps[0]?.events
  }
  t.strictSame(await drawn(7), await drawn(7))
  t.notSame(await drawn(7), await drawn(8))
})

t.test('another seed can be given from outside', async t => {
  const scenario = { title: 'x', steps: [], options: { seed: 3 } }
  t.equal(simulate(scenario).seed, 3)
  t.equal(simulate(scenario, new Map(), 9).seed, 9)
  t.equal(simulate({ title: 'x', steps: [] }).seed, 1)
})

t.test('the report says what happened and where an expectation stands', async t => {
  const text = `{
  "title": "A report",
  "config": "figure-5-12.xml",
  "given": { "firstPick": "PluginMember1" },
  "steps": [
    { "network": { "PluginMember1": { "does": "tls", "times": 1 }, "*": "ok" } },
    { "request": "http://www.example.com/snoop", "repeat": 2, "expect": { "status": 503 } },
    { "request": "http://www.example.com:99/" },
    { "request": "http://www.example.com/snoop", "hold": "a" },
    { "abort": "a" },
    { "network": { "PluginMember1": "refused", "*": "refused" } },
    { "request": "http://www.example.com/snoop" },
    { "answer": "b" }
  ]
}`
  const loaded = await loadScenario(`${folder}/test.json`, text)
  if ('problems' in loaded) return t.fail('problems')
  const report = simulate(loaded.scenario, loaded.configs)
  t.equal(
    renderReport(report, { file: 'test.json', json: loaded.json, trace: false }),
    `A report
  1  network   PluginMember1: {"does":"tls","times":1}
               other servers: "ok"
  2  request   GET http://www.example.com/snoop -> PluginMember1 200 (round-robin)
               GET http://www.example.com/snoop -> PluginMember2 200 (round-robin)
               note: PluginMember1 is reached by http here, so TLS cannot fail
  !! test.json:7:85 step 2 request: status of request 1
       expected 503
       got      200
  !! test.json:7:85 step 2 request: status of request 2
       expected 503
       got      200
  3  request   GET http://www.example.com:99/ -> declined: no Route matches
  4  request   GET http://www.example.com/snoop -> waits: attempt PluginMember1 (round-robin)
  5  abort     a -> client-aborted, server PluginMember1
  6  network   PluginMember1: "refused"
               other servers: "refused"
  7  request   GET http://www.example.com/snoop -> 500 attempts-failed after PluginMember2, PluginMember1
  8  answer
  !! test.json:13:5 step 8 answer: cannot be carried out
       no request is held under the name "b"; held: a
failed: 8 steps, 0 s on the virtual clock, 2 expectations not met, step 8 cannot be carried out`,
  )
})

t.test('a client may leave a request that has ended; nothing comes of it', async t => {
  const report = await run([{ request: snoop, hold: 'a' }, { answer: 'a' }, { abort: 'a' }])
  t.ok(report.passed)
})

t.test(
  'E4 the body of a GET is dropped, as the edge drops it, unless AcceptAllContent is true',
  async t => {
    const failing = { '*': 'reset' }
    const twice = { contacted: ['once1', 'once2'] }
    const dropped = await run(
      [
        { network: failing },
        { request: 'http://a/unbuffered/', body: 10, expect: twice },
        { wait: 60 },
        { request: 'http://a/unbuffered/', method: 'PUT', body: 10, expect: { attempts: 1 } },
      ],
      { config: 'timeouts.xml', given: { firstPick: 'once1' } },
    )
    t.strictSame(mismatches(dropped), [])
    const xml = await readFile(`${folder}/timeouts.xml`, 'utf8')
    const forwarded = await run(
      [
        { network: failing },
        {
          request: 'http://a/unbuffered/',
          body: 10,
          expect: { attempts: 1, reason: 'not-replayable' },
        },
      ],
      { config: { xml: xml.replace('<Config ', '<Config AcceptAllContent="true" ') } },
    )
    t.strictSame(mismatches(forwarded), [])
  },
)

t.test('several Host headers are refused, as the edge does it', async t => {
  const report = await run([
    { request: snoop, headers: { Host: ['a', 'b'] }, expect: { status: 400, reason: 'bad-host' } },
  ])
  t.strictSame(mismatches(report), [])
})

t.test('many steps take time by their number, and a report stays readable', async t => {
  const report = await run([{ request: snoop, repeat: 40_000 }], {
    given: { firstPick: 'PluginMember1' },
  })
  t.ok(report.passed)
  const kept = report.steps.flatMap(step => step.records).length
  t.equal(kept, 200_000, 'more records than that are not kept')
  t.ok(report.recordsLeftOut > 100_000)
  const json = parseJson('{}')
  if (!('value' in json)) return t.fail('json')
  const lines = renderReport(report, { file: 'x', json, trace: false }).split('\n')
  t.equal(lines.length, 15)
  t.same(lines.slice(11, 14), [
    '               and 39990 more:',
    `               GET ${snoop} -> PluginMember1 200 (round-robin), 19995 times`,
    `               GET ${snoop} -> PluginMember2 200 (round-robin), 19995 times`,
  ])
  const traced = renderReport(report, { file: 'x', json, trace: true })
  t.match(traced, /\nnote: \d+ trace records left out, for want of room\nok: 1 step, /)
})

t.test('of very many broken expectations the first hundred are shown', async t => {
  const steps = Array.from({ length: 150 }, () => ({ expect: { nowSeconds: 1 } }))
  const report = await run(steps)
  const json = parseJson('{}')
  if (!('value' in json)) return t.fail('json')
  const text = renderReport(report, { file: 'x', json, trace: false })
  t.equal(text.match(/^ {2}!! x:/gm)?.length, 100)
  t.match(
    text,
    /\n {2}!! and 50 more broken expectations\nfailed: 150 steps, .*150 expectations not met$/,
  )
})

t.test('a value that fills pages is cut in the text, not in the data', async t => {
  const report = await run([
    { request: snoop, repeat: 1000, hold: 'a' },
    { expect: { inFlight: [] } },
  ])
  const json = parseJson('{}')
  if (!('value' in json)) return t.fail('json')
  const text = renderReport(report, { file: 'x', json, trace: false })
  for (const line of text.split('\n')) t.ok(line.length < 1100, line.slice(0, 50))
  t.equal(JSON.parse(mismatches(report)[0]?.got ?? '').length, 1000)
})

t.test('a scenario that cannot begin says so', async t => {
  const report = await run([{ wait: 1 }], { given: { servers: { Nobody: 'down' } } })
  const text = '{"title": "x",\n "given": {"servers": {"Nobody": "down"}}}'
  const json = parseJson(text)
  if (!('value' in json)) return t.fail('json')
  t.equal(
    renderReport(report, { file: 'x', json, trace: false }),
    `test
     config
  !! x:2:34 config: cannot be carried out
       no server is named "Nobody" (servers: PluginMember1, PluginMember2)
failed: 0 steps, 0 s on the virtual clock, it cannot begin, 1 not run`,
  )
})

t.test('the trace in a report fits a terminal', async t => {
  const report = await run([{ request: snoop }])
  const json = parseJson('{}')
  if (!('value' in json)) return t.fail('json')
  const text = renderReport(report, { file: 'x', json, trace: true, columns: 80 })
  const steps = text.split('\n').filter(line => /^ {6,7} *\d+ {3}/.test(line))
  t.ok(steps.length > 5)
  for (const line of steps) t.ok(line.length <= 80, line)
})

t.test('a report shows the trace on request, and escapes what could play tricks', async t => {
  const report = simulate({ title: 'x\u001b[31m', steps: [] })
  const json = parseJson('{}')
  if (!('value' in json)) return t.fail('json')
  t.equal(
    renderReport(report, { file: 'x', json, trace: true }),
    'x\\u001b[31m\nok: 0 steps, 0 s on the virtual clock, everything as expected',
  )
  const traced = await run([{ request: 'http://a:99/' }])
  t.match(
    renderReport(traced, { file: 'x', json, trace: true }),
    /\n {7}1 {5}0\.000 {2}No Route matches host a, port 99/,
  )
})
