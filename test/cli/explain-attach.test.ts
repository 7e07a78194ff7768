import { createServer } from 'node:http'
import t from 'tap'
import { adminOf, token } from '../admin/support.ts'
import { edgeConfig } from '../support/edge-config.ts'
import { edgeOn, listen, origin, refusingPort } from '../support/loopback.ts'
import { captured } from './capture.ts'

delete process.env.PLUGIN_CFG_TOKEN

t.test(
  'explain --attach answers from the live state of the edge, without sending anything',
  async t => {
    const { port: server, seen } = await origin(t)
    const { edge, url } = await edgeOn(
      t,
      edgeConfig([{ port: await refusingPort() }, { port: server }]),
    )
    const admin = await adminOf(t, edge)
    const cookie = 'JSESSIONID=0000abc:c1'
    const ask = (...more: readonly string[]) =>
      captured(['explain', '--attach', admin.url, `${url}/`, '--cookie', cookie, ...more])
    const before = await ask()
    t.equal(before.err, '')
    const [first, empty, request] = before.out.split('\n')
    t.match(
      first,
      new RegExp(
        `^live state of the edge at ${admin.url}, since \\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z, after 0 requests; nothing is sent$`,
      ),
    )
    t.equal(empty, '')
    t.equal(request, `GET ${url}/`)
    t.match(
      before.out,
      /\n=> m1 of Cluster answers 200: its clone ID is in the session\n$|\n=> m1 of Cluster answers 200: /,
    )
    await (await fetch(`${url}/`, { headers: { cookie } })).text()
    const after = await ask()
    t.match(after.out, /, after 1 request; nothing is sent\n/)
    t.match(after.out, /m1 .*marked down/)
    t.match(after.out, /\n=> m2 of Cluster answers 200: /)
    t.equal(seen.length, 1, 'the servers saw the one real request')
    t.equal(edge.snapshot().exchanges, 1)
  },
)

t.test('--down, --busy and --fail come on top of the live state', async t => {
  const { edge } = await edgeOn(t, edgeConfig([{}, {}, {}]))
  const admin = await adminOf(t, edge)
  const { status, out } = await captured([
    ...['explain', '--attach', admin.url, 'http://any/', '--method', 'POST', '--body', '10'],
    ...['--down', 'm1=5', '--busy', 'm2', '--fail', 'm3=503', '--seed', '3'],
    ...['--header', 'Accept: text/html', '--local-port', '80'],
  ])
  t.equal(status, 0)
  t.match(out, /m1 is passed over: marked down, 5 s left/)
  t.match(out, 'note: MaxConnections of m2 is unlimited; it is taken to be 1')
  t.match(out, /503/)
})

t.test('--attach --json has the state beside outcome and steps', async t => {
  const { edge } = await edgeOn(t, edgeConfig([{}, {}]))
  const admin = await adminOf(t, edge)
  const { status, out } = await captured([
    ...['explain', '--attach', admin.url, 'http://any/', '--json'],
  ])
  t.equal(status, 0)
  const json = JSON.parse(out)
  t.same(Object.keys(json), ['live', 'outcome', 'steps'])
  t.match(json, {
    live: { edge: { since: /Z$/ }, snapshot: { clusters: [{ name: 'Cluster' }] } },
    outcome: { kind: 'served', cluster: 'Cluster', status: 200 },
    steps: [{ kind: 'route' }],
  })
})

t.test('the token is taken from --token, else from PLUGIN_CFG_TOKEN', async t => {
  const { edge } = await edgeOn(t, edgeConfig([{}]))
  const admin = await adminOf(t, edge, { token, readsNeedToken: true })
  const ask = (...more: readonly string[]) =>
    captured(['explain', '--attach', admin.url, 'http://any/', ...more])
  t.match(await ask(), {
    status: 1,
    out: '',
    err: `plugin-cfg explain: ${admin.url}/ refuses: this needs the token that the endpoint was started with\n`,
  })
  t.equal((await ask('--token', token)).status, 0)
  process.env.PLUGIN_CFG_TOKEN = token
  t.teardown(() => {
    delete process.env.PLUGIN_CFG_TOKEN
  })
  t.equal((await ask()).status, 0)
  t.match(await ask('--token', 'another-token'), { status: 1, err: /that is not the token/ })
})

t.test('an edge that cannot be asked is one clear line, status 1', async t => {
  const nobody = `http://127.0.0.1:${await refusingPort()}`
  t.match(await captured(['explain', '--attach', nobody, 'http://any/']), {
    status: 1,
    out: '',
    err: `plugin-cfg explain: nothing listens at ${nobody}; is the edge running, with its admin endpoint on that port (serve --console-port)?\n`,
  })
  const other = await listen(
    t,
    createServer((_, response) => response.end('hello')),
  )
  t.match(await captured(['explain', '--attach', `http://127.0.0.1:${other}`, 'http://any/']), {
    status: 1,
    err: /answers with status 200, but not as an admin endpoint does/,
  })
})

t.test('what is wrong with the command line is status 2, whoever finds out', async t => {
  const { edge } = await edgeOn(t, edgeConfig([{}]))
  const admin = await adminOf(t, edge)
  const cases = [
    [
      ['--attach', admin.url],
      'URL is missing; usage: plugin-cfg explain (FILE | --attach ADDRESS)',
    ],
    [
      ['--attach', admin.url, 'plugin-cfg.xml', 'http://any/'],
      '"http://any/" is one operand too many',
    ],
    [['--attach', admin.url, '/shop'], '"/shop" is not a URL; write http://HOST/PATH'],
    [['--attach', admin.url, 'http://any/', '--down', 'm8'], 'no server is named "m8"'],
    [['--attach', 'edge1', 'http://any/'], '"edge1" is not the address of an admin endpoint'],
    [
      ['a.xml', 'http://any/', '--token', 'x'],
      '--token is for an edge; give its address with --attach',
    ],
  ] as const
  for (const [args, message] of cases) {
    const { status, out, err } = await captured(['explain', ...args])
    t.equal(status, 2, err)
    t.equal(out, '')
    t.ok(err.startsWith(`plugin-cfg explain: ${message}`), err)
  }
})
