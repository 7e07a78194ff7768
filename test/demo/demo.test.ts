import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import type { Test } from 'tap'
import t from 'tap'
import type { ApplicationServer } from '../../src/appserver/application-server.ts'
import { createApplicationServer } from '../../src/appserver/application-server.ts'
import type { ApplicationServerOptions } from '../../src/appserver/application-server-options.ts'
import { runDemo } from '../../src/demo/demo.ts'
import type { World, WorldOptions } from '../../src/demo/world.ts'
import { buildWorld } from '../../src/demo/world.ts'
import { ask } from './ask.ts'

/** Runs the demo to its end and keeps what it wrote. */
const run = async (
  args: readonly string[],
  changes: WorldOptions & { readonly build?: typeof buildWorld } = {},
) => {
  const written = { out: '', err: '' }
  const { build = buildWorld, ...options } = changes
  const status = await runDemo(args, {
    out: text => {
      written.out += text
    },
    err: text => {
      written.err += text
    },
    stop: new AbortController().signal,
    build: given => build({ ...given, ...options }),
  })
  return { ...written, status }
}

const once0 = ['--once', '--port', '0']

/** The walk in a world whose members differ from the proper ones. */
const broken = (change: (options: ApplicationServerOptions) => ApplicationServer) =>
  run(once0, { member: change })

t.test('--once walks through all ten steps and returns 0', async t => {
  const { status, out, err } = await run(once0)
  t.equal(err, '')
  t.equal(status, 0)
  const numbers = [...out.matchAll(/^ {1,2}(\d+) {2}\S/gm)].map(match => Number(match[1]))
  t.strictSame(numbers, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  t.match(out, /All ten steps happened/)
  t.notMatch(out, /MISSING/)
})

t.test('routing 7 the steps show the real values in the documented order', async t => {
  const { out } = await run(once0)
  const facts = [
    /PluginMember1 +CloneID v544d031 +http:\/\/127\.0\.0\.1:\d+/,
    /PluginMember2 +CloneID v544d0o0 +http:\/\/127\.0\.0\.1:\d+/,
    /figure-5-12\.xml/,
    /Its ports \d+ and \d+ may be taken/,
    /< 200, PluginMember1, n=\d\n +< Set-Cookie: JSESSIONID=0001[\w-]{23}:v544d031\n/,
    /PluginMember1 is killed/,
    /\n {2}1 {2}.*\n +> GET \/snoop, Cookie: JSESSIONID=0001[\w-]{23}:v544d031\n/,
    /\n {2}2 {2}.*PluginCluster\n/,
    /\n {2}3 {2}.*\n.*v544d031/,
    /\n {2}4 {2}v544d031 .*PluginMember1\n/,
    /\n {2}5 {2}PluginMember1 /,
    /\n {2}6 {2}The connection is refused: PluginMember1 is marked down/,
    /ECONNREFUSED/,
    /60 s/,
    /\n {2}7 {2}/,
    /\n {2}8 {2}PluginMember1 matches and is skipped/,
    /\n {2}9 {2}.*PluginMember2\n/,
    /\n 10 {2}PluginMember2 answers with the session intact/,
    /< 200, PluginMember2, n=3\n +< Set-Cookie: JSESSIONID=0002[\w-]{23}:v544d031:v544d0o0\n/,
    /PluginMember1 runs again, but its timer too/,
    /< 200, PluginMember2, n=4\n/,
    /60 s later/,
    /< 200, PluginMember1, n=5\n +< Set-Cookie: JSESSIONID=0003[\w-]{23}:v544d031:v544d0o0\n/,
  ]
  let at = 0
  for (const fact of facts) {
    const found = out.slice(at).search(fact)
    t.ok(found >= 0, `${fact} after what came before it`)
    at += Math.max(0, found)
  }
})

t.test(
  'routing 3.3 the second member is checked after the weights are reset, not before',
  async t => {
    // Whether there is a reset is decided by lot, so that the walk is looked at until there was one.
    for (let tries = 0; tries < 20; tries++) {
      const { out } = await run(once0)
      const choice = out.slice(out.indexOf('\n  9  '), out.indexOf('\n 10  '))
      t.match(choice, /Status of PluginMember2: can take the request \(ignoreWeights 0/)
      const last = out.slice(out.indexOf('\n 10  '), out.indexOf('\nAfter\n'))
      t.match(last, /Weights now PluginMember1 \d of 1, PluginMember2 \d of 1/)
      const reset = choice.indexOf('No server has weight left')
      if (reset === -1) continue
      t.ok(reset < choice.indexOf('Status of PluginMember2'))
      return
    }
    t.comment('the first member was the first one in twenty walks: no reset to look at')
  },
)

t.test('a walk in which nobody dies reports the steps from the refused connection on', async t => {
  const { status, err } = await broken(options => {
    const server = createApplicationServer(options)
    const kill = server.kill.bind(server)
    let deaths = 0
    // The second one is the end of the demo.
    server.kill = async () => {
      if (deaths++ > 0 || options.name === 'PluginMember2') await kill()
    }
    return server
  })
  t.equal(status, 1)
  t.match(err, /step 6: .*\n +missing: a refused connection to PluginMember1\n/)
  t.match(err, /step 7: /)
  t.match(err, /step 10: .*\n +missing: the request served by PluginMember2\n/)
  t.notMatch(err, /step [1-5]: /)
})

t.test('a walk without a shared store reports that the session is lost', async t => {
  const { status, err } = await broken(({ store: _, ...options }) =>
    createApplicationServer(options),
  )
  t.equal(status, 1)
  t.match(err, /step 10: .*\n +missing: session [\w-]{23} going on\n/)
  t.notMatch(err, /step [1-9]: /)
})

t.test('a walk with the wrong separator reports that no clone is named', async t => {
  const { status, err } = await broken(options =>
    createApplicationServer({ ...options, separator: '+' }),
  )
  t.equal(status, 1)
  t.match(err, /step 3: .*\n +missing: clone id v544d031 in the cookie\n/)
})

t.test('a walk with members that put themselves first reports the cookie', async t => {
  const { status, err } = await broken(options =>
    createApplicationServer({ ...options, noAffinitySwitchBack: true }),
  )
  t.equal(status, 1)
  t.match(err, /step 10: .*\n +missing: a cookie that ends in :v544d031:v544d0o0\n/)
})

t.test('a walk whose first member stays dead reports that it did not come back', async t => {
  const { status, out, err } = await broken(options => {
    const server = createApplicationServer(options)
    server.restart = async () => {}
    return server
  })
  t.equal(status, 1)
  t.match(err, /The timer of PluginMember1 is over.*\n +missing: PluginMember1 marked up\n/)
  t.match(out, /MISSING: PluginMember1 marked up/)
  t.notMatch(err, /step \d/)
})

t.test(
  'a walk whose clone ids are not those of the file reports the first thing that fails',
  async t => {
    const { status, err } = await broken(options =>
      createApplicationServer({ ...options, cloneId: 'x' }),
    )
    t.equal(status, 1)
    t.match(err, /The same session again.*\n +missing: PluginMember1 chosen by affinity\n/)
  },
)

t.test('a walk in which no session is made ends there', async t => {
  const { status, err, out } = await broken(options =>
    createApplicationServer({ ...options, contextRoot: '/elsewhere' }),
  )
  t.equal(status, 1)
  t.match(err, /missing: a new session on PluginMember1\n/)
  t.notMatch(out, /ten documented steps/)
})

t.test('the walk follows the retry interval of the file and needs no waiting', async t => {
  const member = (name: string, cloneId: string) =>
    `<Server Name="${name}" CloneID="${cloneId}"><Transport Hostname="127.0.0.1" Port="1"/></Server>`
  const file = join(
    t.testdir({
      'plugin-cfg.xml': `<Config>
        <VirtualHostGroup Name="all"><VirtualHost Name="*:*"/></VirtualHostGroup>
        <ServerCluster Name="Shop" RetryInterval="3600">
          ${member('a', 'a1')} ${member('b', 'b1')}
          <PrimaryServers><Server Name="b"/><Server Name="a"/></PrimaryServers>
        </ServerCluster>
        <UriGroup Name="uris"><Uri Name="/snoop"/></UriGroup>
        <Route VirtualHostGroup="all" UriGroup="uris" ServerCluster="Shop"/>
      </Config>`,
    }),
    'plugin-cfg.xml',
  )
  const { status, out } = await run(once0, { file })
  t.equal(status, 0)
  t.match(out, /3600 s later/)
  t.match(out, /Set-Cookie: JSESSIONID=0003[\w-]{23}:b1:a1/)
  t.notMatch(out, /It has no alias/)
})

const serving = async (t: Test, args: readonly string[] = ['--port', '0']) => {
  const stop = new AbortController()
  const written = { out: '', err: '' }
  let world: World | undefined
  const status = runDemo(args, {
    out: text => {
      written.out += text
    },
    err: text => {
      written.err += text
    },
    stop: stop.signal,
    build: async options => {
      world = await buildWorld(options)
      return world
    },
  })
  t.teardown(() => stop.abort())
  while (!written.out.includes('until Ctrl-C')) await turn()
  if (world === undefined) throw new Error('nothing was built')
  return { world, written, stop, status }
}

t.test(
  'without --once it goes on serving, tells of every request, and ends when it is told to',
  async t => {
    const { world, written, stop, status } = await serving(t)
    t.match(written.out, `curl -i -c cookies.txt -b cookies.txt ${world.url}/snoop\n`)
    const first = await ask(world.url)
    t.match(first.session, /^0001[\w-]{23}:v544d0/)
    t.equal((await ask(world.url, { session: first.session ?? '' })).status, 200)
    const nowhere = await ask(world.url, { path: '/elsewhere' })
    t.equal(nowhere.status, 404)
    t.match(nowhere.body.toString(), /Try \/snoop/)
    t.equal(written.out.match(/^ {2}#\d+ {2}\S/gm)?.length, 3)
    stop.abort()
    t.equal(await status, 0)
    t.equal(written.err, '')
    await t.rejects(ask(world.url), { code: 'ECONNREFUSED' })
    for (const { url } of world.members) await t.rejects(ask(url), { code: 'ECONNREFUSED' })
  },
)

t.test('a slow request does not hold up the end', async t => {
  const { world, stop, status } = await serving(t)
  const slow = ask(world.url, { path: '/snoop?delay=600000' })
  const before = world.members.map(member => member.counters.received)
  while (world.members.every((member, i) => member.counters.received === before[i])) await turn()
  const lost = t.rejects(slow)
  stop.abort()
  t.equal(await status, 0)
  await lost
})

t.test('told to end in the middle of the walk, it ends without a word', async t => {
  for (const [args, expected] of [
    [['--port', '0'], 0],
    [once0, 1],
  ] as const) {
    const stop = new AbortController()
    let out = ''
    let err = ''
    const status = await runDemo(args, {
      out: text => {
        out += text
        if (text.includes('is killed')) stop.abort()
      },
      err: text => {
        err += text
      },
      stop: stop.signal,
    })
    t.equal(status, expected)
    t.equal(err, '')
    t.notMatch(out, 'until Ctrl-C')
  }
})

t.test('a port in use is one line and status 1', async t => {
  const taken = createServer().listen(0, '127.0.0.1')
  t.teardown(() => taken.close())
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const { status, err } = await run(['--once', '--port', String(port)])
  t.equal(status, 1)
  t.equal(
    err,
    `port ${port} is in use; name another with --port, or leave it out for any free one\n`,
  )
  const next = await run(['--once'], { ports: [port, 0] })
  t.equal(next.status, 0)
  t.match(next.out, /It has no alias for port \d+, so \*:\d+ was added\./)
})

t.test('a file that is not there is one line and status 1', async t => {
  const { status, err } = await run(once0, { file: join(t.testdirName, 'none.xml') })
  t.equal(status, 1)
  t.match(err, /^cannot read .*none\.xml.*\n$/)
})

t.test('anything else that goes wrong is one line and status 1', async t => {
  const { status, err } = await run(once0, {
    build: async () => {
      throw new Error('no memory left')
    },
  })
  t.equal(status, 1)
  t.equal(err, 'the demo failed: no memory left\n')
})

for (const [args, message] of [
  [['--port', 'x'], "--port is 'x'; write a number from 0 to 65535\n"],
  [['--port', ''], "--port is ''; write a number from 0 to 65535\n"],
  [['--port', '65536'], "--port is '65536'; write a number from 0 to 65535\n"],
  [['--port', '-1'], "Option '--port' argument is ambiguous; --help lists the options\n"],
  [['--port'], "Option '--port <value>' argument missing; --help lists the options\n"],
  [['--twice'], "Unknown option '--twice'; --help lists the options\n"],
  [['extra'], "Unexpected argument 'extra'; --help lists the options\n"],
  [['--once=yes'], "Option '--once' does not take an argument; --help lists the options\n"],
] as const) {
  t.test(`wrong arguments are one line and status 2: ${args.join(' ')}`, async t => {
    const { status, out, err } = await run(args)
    t.equal(status, 2)
    t.equal(out, '')
    t.equal(err, message)
  })
}

t.test('--help lists the options', async t => {
  const { status, out } = await run(['--help'])
  t.equal(status, 0)
  for (const option of ['--once', '--port N', '--help']) t.match(out, option)
})
