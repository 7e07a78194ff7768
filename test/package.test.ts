import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import * as admin from '../src/admin/index.ts'
import { createApplicationServer } from '../src/appserver/index.ts'
import * as core from '../src/core/index.ts'
import * as debug from '../src/debug/index.ts'
import * as main from '../src/index.ts'
import * as metrics from '../src/metrics/index.ts'
import * as opentelemetry from '../src/opentelemetry/index.ts'
import * as simulation from '../src/simulate/index.ts'
import * as stepper from '../src/stepper/index.ts'
import { freePort } from './support/free-port.ts'

const run = promisify(execFile)

t.test('the public names are these', async t => {
  t.same(Object.keys(main).sort(), [
    'ManualClock',
    'PluginError',
    'closeTogether',
    'createEdge',
    'createRouter',
    'isUsable',
    'loadPluginConfig',
    'openPluginLog',
    'openTraceFile',
    'readPluginConfig',
    'renderDiagnostic',
    'seededRandom',
    'settled',
    'traceChannel',
    'traceKinds',
  ])
  t.same(Object.keys(core).sort(), [
    'ManualClock',
    'choiceCodes',
    'createRouter',
    'endCodes',
    'failCodes',
    'missedCodes',
    'obstacleCodes',
    'seededRandom',
    'settled',
    'traceKinds',
  ])
  t.same(Object.keys(debug).sort(), [
    'createRecorder',
    'describeRecord',
    'renderRoutes',
    'renderServers',
    'renderTrace',
    'routeRows',
  ])
  t.same(Object.keys(simulation).sort(), ['explain', 'loadScenario', 'readScenario', 'simulate'])
  t.same(Object.keys(stepper).sort(), ['createStepper', 'ruleOf'])
  t.same(Object.keys(admin).sort(), ['AttachError', 'attach', 'startAdmin'])
  t.same(Object.keys(metrics).sort(), ['collectMetrics'])
  t.same(Object.keys(opentelemetry).sort(), ['traceExchanges'])
})

t.test('the core imports nothing that does I/O', async t => {
  const files = (await readdir('src/core', { recursive: true })).filter(name =>
    name.endsWith('.ts'),
  )
  t.ok(files.length > 20)
  for (const file of files) {
    const text = await readFile(join('src/core', file), 'utf8')
    for (const [, from = ''] of text.matchAll(/from '([^']+)'/g)) {
      t.match(
        from,
        /^(\.{1,2}\/(?!.*(driver|edge|cli|debug|demo|simulate|appserver|admin|log|metrics|opentelemetry|stepper|terminal)\/).*\.ts|lru-cache)$/,
        `${file} imports ${from}`,
      )
    }
  }
})

t.test('the lint rule that keeps the core pure bites', async t => {
  const { vcs: _, $schema: __, ...rules } = JSON.parse(await readFile('.biome.json', 'utf8'))
  const impure =
    "import { readFileSync } from 'node:fs'\n" +
    'export const now = () => Date.now() + readFileSync.length\n'
  const cwd = t.testdir({
    '.biome.json': JSON.stringify({ root: true, ...rules }),
    src: { core: { 'impure.ts': impure }, edge: { 'impure.ts': impure } },
  })
  const biome = resolve('node_modules/@biomejs/biome/bin/biome')
  const lint = (folder: string) => run(process.execPath, [biome, 'lint', folder], { cwd })
  const refused: unknown = await lint('src/core').catch(error => error)
  t.match(refused, { code: 1, stderr: /noRestrictedImports[\s\S]*noRestrictedGlobals/ })
  await t.resolves(lint('src/edge'))
})

/** Packs the project and installs it below this checkout, so that its dependencies are found without a network. */
const install = async (folder: string): Promise<string> => {
  const built = join(folder, 'built')
  const tsc = resolve('node_modules/typescript/bin/tsc')
  const tsBuildInfoFile = join(built, '.tsbuildinfo')
  const flags = ['--outDir', built, '--tsBuildInfoFile', tsBuildInfoFile]
  await run(process.execPath, [tsc, ...flags], { cwd: resolve('.') })
  const { stdout } = await run('npm', ['pack', '--json', '--dry-run', '--ignore-scripts'])
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }]
  const home = join(folder, 'node_modules', 'plugin-cfg-router')
  for (const { path } of files) {
    if (path.startsWith('dist/')) continue
    await mkdir(join(home, path, '..'), { recursive: true })
    await cp(path, join(home, path))
  }
  await cp(built, join(home, 'dist'), { recursive: true })
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  return folder
}

const installed = install(t.testdir())

const example = async (): Promise<string> => {
  const readme = await readFile('README.md', 'utf8')
  const [, code] = /<!-- example:begin -->\n```js\n([\s\S]*?)```/.exec(readme) ?? []
  return code ?? ''
}

const answering = async (url: string, child: ChildProcess): Promise<Response> => {
  for (;;) {
    try {
      return await fetch(url)
    } catch (error) {
      if (child.exitCode !== null) throw new Error('the example ended', { cause: error })
      await new Promise(done => setTimeout(done, 20))
    }
  }
}

t.test(
  'the ten-line example of the README runs as it stands, from an installed package',
  async t => {
    const folder = await installed
    const code = await example()
    t.equal(code.trimEnd().split('\n').length, 10)
    const member = createApplicationServer({ name: 'Member', cloneId: 'c1' })
    await member.start()
    t.teardown(() => member.stop())
    const port = await freePort()
    await writeFile(
      join(folder, 'plugin-cfg.xml'),
      `<?xml version="1.0"?>
<Config>
  <VirtualHostGroup Name="host"><VirtualHost Name="*:${port}"/></VirtualHostGroup>
  <ServerCluster Name="Cluster">
    <Server Name="Member" CloneID="c1" ConnectTimeout="5" ServerIOTimeout="60">
      <Transport Hostname="127.0.0.1" Port="${member.port}" Protocol="http"/>
    </Server>
  </ServerCluster>
  <UriGroup Name="uris"><Uri Name="/snoop/*"/></UriGroup>
  <Route VirtualHostGroup="host" UriGroup="uris" ServerCluster="Cluster"/>
</Config>
`,
    )
    await writeFile(join(folder, 'example.mjs'), code)
    const child = spawn(process.execPath, ['example.mjs'], {
      cwd: folder,
      env: { ...process.env, PORT: String(port), NODE_OPTIONS: '' },
      stdio: 'inherit',
    })
    t.teardown(() => child.kill('SIGKILL'))
    const answer = await answering(`http://127.0.0.1:${port}/snoop?format=json`, child)
    t.equal(answer.status, 200)
    t.match(await answer.text(), 'Member')
    t.equal((await fetch(`http://127.0.0.1:${port}/elsewhere`)).status, 404)
    child.kill('SIGTERM')
    const [status] = await new Promise<[number | null]>(done =>
      child.once('exit', code => done([code])),
    )
    t.equal(status, 0, 'SIGTERM lets it finish')
  },
)

t.test('the example type-checks in TypeScript, and so do all entry points', async t => {
  const folder = await installed
  await writeFile(join(folder, 'example.ts'), await example())
  await writeFile(
    join(folder, 'entries.ts'),
    `import { createRouter, type Step } from 'plugin-cfg-router/core'
import { renderTrace } from 'plugin-cfg-router/debug'
import { createApplicationServer } from 'plugin-cfg-router/appserver'
import { simulate } from 'plugin-cfg-router/simulate'
import { loadPluginConfig } from 'plugin-cfg-router'
const { config } = await loadPluginConfig('plugin-cfg.xml')
const step: Step = createRouter(config).route({ method: 'GET', target: '/', scheme: 'http' }).step
export { createApplicationServer, renderTrace, simulate, step }
`,
  )
  await mkdir(join(folder, 'node_modules', '@types'), { recursive: true })
  await symlink(resolve('node_modules/@types/node'), join(folder, 'node_modules/@types/node'))
  const tsc = resolve('node_modules/typescript/bin/tsc')
  const compilerOptions = { strict: true, noEmit: true, module: 'nodenext', types: ['node'] }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
  await t.resolves(run(process.execPath, [tsc, '-p', folder]))
})

t.test('the package brings what its users need and nothing else', async t => {
  const { stdout } = await run('npm', ['pack', '--json', '--dry-run', '--ignore-scripts'])
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }]
  const paths = files.map(file => file.path)
  for (const wanted of ['README.md', 'LICENSE', 'package.json', 'plugin-cfg/figure-5-12.xml']) {
    t.ok(paths.includes(wanted), wanted)
  }
  const others = paths.filter(
    path =>
      !/^(dist\/.*\.(js|d\.ts|js\.map)|plugin-cfg\/.*|(src\/\w+\/)?README\.md|LICENSE|package\.json)$/.test(
        path,
      ),
  )
  t.same(others, [])
})
