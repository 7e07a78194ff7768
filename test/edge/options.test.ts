import t from 'tap'
import { createEdge } from '../../src/edge/edge.ts'
import type { EdgeOptions } from '../../src/edge/options.ts'
import { edgeConfig } from '../support/edge-config.ts'

const config = edgeConfig([{ port: 9 }])

const wrong: readonly (readonly [title: string, options: object | undefined, message: RegExp])[] = [
  ['nothing at all', undefined, /^config is undefined; write the path/],
  ['no config', {}, /^config is undefined; write the path/],
  ['an empty path', { config: '' }, /^config is ""; write the path/],
  ['a config that is none', { config: {} }, /^config is \{\}; write the path/],
  [
    'XML in the place of a path',
    { config: ' <?xml version="1.0"?>' },
    /write readPluginConfig\(xml\)/,
  ],
  [
    'an odd resolve',
    { config, resolve: 'never' },
    /^resolve is "never"; write 'load' or 'connect'/,
  ],
  ['an odd clientForwarded', { config, clientForwarded: true }, /^clientForwarded is true; write/],
  ['a negative wait', { config, reloadWaitMs: -1 }, /^reloadWaitMs is -1; write 0 or more/],
  ['a wait that is no number', { config, reloadWaitMs: 'x' }, /^reloadWaitMs is "x"/],
  ['a hook that is none', { config, onExchange: {} }, /^onExchange is \{\}; write a function/],
  ['a lookup that is none', { config, lookup: 'dns' }, /^lookup is "dns"; write a function/],
  ['a page that is none', { config, errorPage: '<h1>' }, /^errorPage is "<h1>"; write a function/],
  ['a router option', { config, allDown: 'panic' }, /allDown/],
]

for (const [title, options, message] of wrong) {
  t.test(`${title} is refused by name`, async t => {
    await t.rejects(createEdge(options as EdgeOptions), { code: 'OPTION_INVALID', message })
  })
}

t.test('router options reach the router, and a transport can be ruled out by the host', async t => {
  const edge = await createEdge({
    config: edgeConfig([{ port: 9 }, { port: 10 }]),
    transportUsable: transport => transport.port !== 9,
    snapshot: { takenAt: 0, exchanges: 41, clusters: [] },
  })
  t.match(edge.snapshot(), {
    exchanges: 41,
    clusters: [{ servers: [{ usable: false }, { usable: true }] }],
  })
  await edge.close()
})

t.test('the clock of an edge never moves backwards and reads like the time of day', async t => {
  const edge = await createEdge({ config })
  const before = edge.snapshot().takenAt
  t.ok(Math.abs(before - Date.now()) < 86_400_000)
  t.ok(edge.snapshot().takenAt >= before)
  await edge.close()
})
