import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import t, { type Test } from 'tap'
import { startAdmin } from '../../../src/admin/admin.ts'
import { run } from '../../../src/cli/run.ts'
import { edgeConfig } from '../../support/edge-config.ts'
import { edgeOn, origin, refusingPort } from '../../support/loopback.ts'
import { fakeTerminal } from '../../terminal/support.ts'
import { captured } from '../capture.ts'

const sample = (name: string): string => resolve(import.meta.dirname, '../../../plugin-cfg', name)
const figure = sample('figure-5-12.xml')
const snoop = 'http://yourWebServer/snoop'
const cookie = 'JSESSIONID=0000A2MB4IJozU_VM8IffsMNfdR:v544d031'

const stepped = (script: string, ...args: readonly string[]) =>
  captured(['step', ...args], { stdin: script })

/** A folder with a configuration in one folder and room for scenarios in another. */
const workplace = async (t: Test, file = 'figure-5-12.xml') => {
  const folder = t.testdir({ configs: {}, scenarios: {} })
  const config = join(folder, 'configs', file)
  await copyFile(sample(file), config)
  return { config, scenario: join(folder, 'scenarios', 'step.json'), folder }
}

t.test('piped commands are run as a script, status 0', async t => {
  const { status, out, err } = await stepped('network\n', figure, snoop, '--cookie', cookie)
  t.equal(status, 0)
  t.equal(err, '')
  t.match(out, /^GET http:\/\/yourWebServer\/snoop\ncookie: JSESSIONID=/)
  t.match(
    out,
    /\nnext: The request goes to PluginMember1 at http:\/\/127\.0\.0\.1:9088, attempt 1;/,
  )
})

t.test('no commands at all show where the request stands', async t => {
  const { status, out } = await stepped('', figure, snoop)
  t.equal(status, 0)
  t.match(out, /^next: Route 1 matches/m)
})

t.test('a command that fails is named with its line, status 1', async t => {
  const { status, out, err } = await stepped('next\nanswer nope\n', figure, snoop)
  t.equal(status, 1)
  t.equal(out, '')
  t.match(err, /^\(stdin\):2:8: answer nope: "nope" is no answer; write a status or one of ok,/)
})

const sessions: readonly (readonly [string, string, string, readonly string[]])[] = [
  [
    'the takeover of figure 5-12',
    'figure-5-12.xml',
    'network\nanswer refused\nend\nwait 2\nsend\nend\nwait 58\nsend\nend\n',
    [snoop, '--cookie', cookie],
  ],
  [
    'back and another way',
    'figure-5-12.xml',
    'network\nanswer refused\nend\nback network\nback network\nback network\nanswer 503\nend\n',
    [snoop, '--cookie', cookie],
  ],
  [
    'marks, time and a new session',
    'figure-5-12.xml',
    'down PluginMember2\nend\nwait 0.5\nup PluginMember2\nedit cookie none\nend\nsend\nanswer gone\n',
    [snoop, '--seed', '7'],
  ],
  [
    'a state given on the command line',
    'backups.xml',
    'answer read-timeout\nnetwork\nanswer connect-timeout\nend\nsend\nend\n',
    ['http://www.example.com/bank/', '--down', 'Primary1=10'],
  ],
  [
    'a body, edited, in the middle of a request',
    'timeouts.xml',
    'edit method POST\nedit body 100\nnetwork\nanswer reset-before-sending\nnetwork\n',
    ['http://a/unbuffered/'],
  ],
  [
    'a server that is busy without a limit, so that the scenario carries its configuration',
    'weights.xml',
    'end\nsend\nend\nsend\nanswer malformed\nend\n',
    ['http://a/steps/', '--busy', 'Steps/B'],
  ],
]

for (const [title, file, script, args] of sessions) {
  t.test(`a saved session replays with simulate, exit 0: ${title}`, async t => {
    const { config, scenario } = await workplace(t, file)
    const saved = await stepped(`${script}save ${scenario}\n`, config, ...args)
    t.match(saved, { status: 0, err: '' })
    const text = JSON.parse(await readFile(scenario, 'utf8'))
    if (args.includes('--busy')) t.match(text.config, { model: Object })
    else t.equal(text.config, `../configs/${file}`)
    const replayed = await captured(['simulate', scenario])
    t.match(replayed, { status: 0, err: '' }, replayed.out)
  })
}

t.test('a scenario is written over another only with replace', async t => {
  const { config, scenario } = await workplace(t)
  t.equal((await stepped(`save ${scenario}\n`, config, snoop)).status, 0)
  const before = await readFile(scenario, 'utf8')
  const refused = await stepped(`end\nsave ${scenario}\n`, config, snoop)
  t.equal(refused.status, 1)
  t.match(
    refused.err,
    /^\(stdin\):2:1: save .*step\.json" exists; write replace .*, or another name/,
  )
  t.equal(await readFile(scenario, 'utf8'), before)
  t.equal((await stepped(`end\nreplace ${scenario}\n`, config, snoop)).status, 0)
  t.not(await readFile(scenario, 'utf8'), before)
  await mkdir(`${scenario}.d`)
  const folder = await stepped(`replace ${scenario}.d\n`, config, snoop)
  t.match(folder.err, 'it is a folder; write another name')
})

t.test('the request and the state are as the options say', async t => {
  const { out } = await stepped(
    'end\n',
    ...[figure, snoop, '--method', 'POST', '--body', '5', '--header', 'Accept: a'],
    ...['--header', 'accept: b', '--header', 'Cookie: x=1', '--cookie', cookie],
    ...['--down', 'PluginMember1=5', '--busy', 'PluginMember2'],
  )
  t.match(out, /^note: MaxConnections of PluginMember2 is unlimited; it is taken to be 1\nPOST /)
  t.match(out, `\naccept: a, b\ncookie: x=1; ${cookie}\nbody: 5 bytes\n`)
  t.match(out, /PluginMember1 +v544d031 +primary +down +5 s/)
  t.match(out, /PluginMember2 +v544d0o0 +primary +up, busy/)
})

const wrong: readonly (readonly [readonly string[], RegExp])[] = [
  [[], /^plugin-cfg step: FILE is missing; usage: plugin-cfg step FILE URL/],
  [[figure], /URL is missing/],
  [['-', snoop], /FILE cannot be - here, because standard input has the commands/],
  [[figure, 'nowhere'], /"nowhere" is not a URL/],
  [[figure, snoop, '--token', 'x'], /--token is for an edge; give its address with --attach/],
  [[figure, snoop, '--request', '1'], /--request is for an edge/],
  [[figure, snoop, '--down', 'Member1'], /no server is named "Member1"/],
  [[figure, snoop, '--down', 'PluginMember1=61'], /cannot have 61 s left on its retry timer/],
  [
    [sample('cluster-address.xml'), 'http://a/', '--down', 'sprayer'],
    /sprayer is a ClusterAddress, which is never marked down/,
  ],
  [
    [sample('timeouts.xml'), 'http://a/alone/', '--down', 'alone1'],
    /alone1 is the only server of .*; leave --down alone1 out/,
  ],
  [[figure, '--attach', 'http://127.0.0.1:1'], /is one operand too many/],
  [['--attach', 'nowhere'], /nowhere/],
  [['--attach', 'http://127.0.0.1:1', '--request', 'x'], /--request is "x"; write a whole number/],
  [['--attach', 'http://127.0.0.1:1', '--method', 'PUT'], /--method is for a request of your own/],
]

for (const [args, message] of wrong) {
  t.test(`step ${args.slice(-3).join(' ')} is wrong usage`, async t => {
    const { status, out, err } = await stepped('', ...args)
    t.match(err, message)
    t.equal(status, 2)
    t.equal(out, '')
  })
}

t.test('a configuration with errors is refused as everywhere', async t => {
  const folder = t.testdir({ 'bad.xml': '<Config><Route ServerCluster="none"/></Config>' })
  const { status, err } = await stepped('', join(folder, 'bad.xml'), snoop)
  t.equal(status, 1)
  t.match(err, /^plugin-cfg step: .*bad\.xml has 2 errors and cannot be used$/m)
})

t.test('on a terminal it has a screen, and q leaves with status 0', async t => {
  const terminal = fakeTerminal({ columns: 100, rows: 30 })
  let out = ''
  const done = run(['step', figure, snoop, '--busy', 'PluginMember1'], {
    stdin: () => Promise.reject(new Error('read as a script')),
    out: text => {
      out += text
    },
    err: text => t.fail(text),
    terminal,
    untilStopped: () => new Promise(() => {}),
  })
  while (!terminal.isOpen()) await new Promise(resolve => setImmediate(resolve))
  await terminal.type('e')
  t.match(terminal.screen().join('\n'), 'The request has ended')
  await terminal.type('q')
  t.equal(await done, 0)
  t.equal(out, 'note: MaxConnections of PluginMember1 is unlimited; it is taken to be 1\n')
})

/** An edge that records, with one server that refuses and one that answers. */
const recordingEdge = async (t: Test, token?: string) => {
  const config = edgeConfig([{ port: await refusingPort() }, { port: (await origin(t)).port }])
  const { edge, url } = await edgeOn(t, config, { recordings: 10, random: () => 0 })
  const admin = await startAdmin(edge, token === undefined ? {} : { token })
  t.teardown(() => admin.close())
  return { admin, url }
}

t.test('--attach steps through a request that an edge has recorded, with its answers', async t => {
  const { admin, url } = await recordingEdge(t)
  const nothing = await stepped('', '--attach', admin.url)
  t.equal(nothing.status, 1)
  t.match(nothing.err, /has recorded no request; start it with serve --record N/)

  await (await fetch(`${url}/shop/one`)).text()
  await (await fetch(`${url}/shop/two`)).text()
  const newest = await stepped('end\n', '--attach', admin.url)
  t.match(newest, { status: 0, err: '' })
  t.match(
    newest.out,
    /^recorded requests, oldest first; --request N takes another than the newest:\n/,
  )
  t.match(newest.out, /^ {5}1 {2}\d{4}-.*Z {2}200 {2}RR>REFUSED>RR {2}GET http.*\/shop\/one$/m)
  t.match(newest.out, /^GET http.*\/shop\/two$/m)

  const scenario = join(t.testdir({}), 'recorded.json')
  const first = await stepped(
    `network\nend\nsave ${scenario}\n`,
    ...['--attach', admin.url, '--request', '1'],
  )
  t.match(first, { status: 0, err: '' })
  t.notMatch(first.out, 'recorded requests')
  t.match(first.out, /unless told\s+otherwise: it fails, refused/)
  t.match(first.out, /code RR>REFUSED>RR$/m)
  t.notMatch(first.out, /^note: /m, 'every decision is as recorded')
  const replayed = await captured(['simulate', scenario])
  t.equal(replayed.status, 0, replayed.out)

  const missing = await stepped('', '--attach', admin.url, '--request', '9')
  t.match(missing, {
    status: 1,
    err: /has no recording of request 9; write --request with one of 1, 2$/m,
  })
})

t.test('--attach says what keeps it from it', async t => {
  const { admin, url } = await recordingEdge(t, 'token-of-the-test')
  await (await fetch(`${url}/shop/`)).text()
  const refused = await stepped('', '--attach', admin.url)
  t.equal(refused.status, 1)
  t.match(refused.err, /token/)
  const told = await stepped('end\n', '--attach', admin.url, '--token', 'token-of-the-test')
  t.match(told, { status: 0, err: '' })
  const gone = await stepped('', '--attach', `http://127.0.0.1:${await refusingPort()}`)
  t.equal(gone.status, 1)
  t.match(gone.err, /^plugin-cfg step: /)
})

const main = resolve(import.meta.dirname, '../../../src/cli/main.ts')
const quoted = (words: readonly string[]): string => words.map(word => `'${word}'`).join(' ')

/** The real program on a pseudo-terminal of util-linux `script`, with the modes of the terminal before and after. */
const onTerminal = (t: Test, environment: Readonly<Record<string, string>> = {}) => {
  const program = quoted([process.execPath, ...process.execArgv, main, 'step', figure, snoop])
  const command = `stty rows 30 cols 100; stty -g; ${program}; echo "status $?"; stty -g`
  const { NO_COLOR: _, ...inherited } = process.env
  const child = spawn('script', ['-qfc', command, '/dev/null'], {
    env: { ...inherited, TERM: 'xterm', SHELL: '/bin/sh', ...environment },
  })
  t.teardown(() => child.kill('SIGKILL'))
  let output = ''
  const waiting = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', text => {
    output += text
    for (const wake of waiting) wake()
  })
  return {
    type: (keys: string) => child.stdin.write(keys),
    output: () => output,
    shows: async (wanted: string): Promise<void> => {
      while (!output.includes(wanted)) {
        await new Promise<void>(wake => {
          waiting.add(wake)
        })
      }
    },
    ended: async (): Promise<string> => {
      if (child.exitCode === null) await once(child, 'close')
      return output
    },
  }
}

const hasScript = /util-linux/.test(
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '',
)
const esc = '\u001b'

for (const [title, keys] of [
  ['q', 'q'],
  ['Ctrl-C', '\u0003'],
] as const) {
  t.test(`a real terminal is as before after ${title}`, async t => {
    if (!hasScript) return t.comment('there is no script of util-linux here')
    const terminal = onTerminal(t)
    await terminal.shows('decisions so far: 0')
    terminal.type('n')
    await terminal.shows('decisions so far: 1')
    terminal.type(keys)
    const output = await terminal.ended()
    t.match(output, 'status 0')
    t.ok(output.includes(`${esc}[?1049h`), 'it has a screen of its own')
    t.match(output.slice(output.lastIndexOf(`${esc}[?1049l`)), /^.{8}status 0\r\n/)
    t.ok(output.lastIndexOf(`${esc}[?25h`) > output.lastIndexOf(`${esc}[?25l`), 'cursor')
    t.ok(output.includes(`${esc}[1m`), 'colours')
    const [before, after] = output.match(/^[0-9a-f]+(?::[0-9a-f]+){5,}/gm) ?? []
    t.equal(typeof before, 'string')
    t.equal(after, before, 'modes')
  })
}

t.test('NO_COLOR is obeyed on a real terminal', async t => {
  if (!hasScript) return t.comment('there is no script of util-linux here')
  const terminal = onTerminal(t, { NO_COLOR: '1' })
  await terminal.shows('decisions so far: 0')
  terminal.type('q')
  const output = await terminal.ended()
  t.notOk(output.includes(`${esc}[1m`))
})
