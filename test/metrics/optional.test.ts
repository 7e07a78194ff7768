import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'

/** Every package and file that a module needs; with or without those of its types. */
const reach = async (start: string, types = true): Promise<Set<string>> => {
  const found = new Set<string>()
  const waiting = [start]
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue
    found.add(file)
    const text = await readFile(fileURLToPath(file), 'utf8')
    const code = types
      ? text
      : text.replaceAll(/^(?:import|export) type [\s\S]*?from '[^']+'/gm, '')
    for (const [, name = ''] of code.matchAll(/(?:from|import\(|^import) ?'([^']+)'/gm)) {
      if (name.startsWith('.')) waiting.push(new URL(name, file).href)
      else found.add(name)
    }
  }
  return found
}

const optional = ['prom-client', '@opentelemetry/api']

for (const entry of ['index', 'core/index', 'debug/index', 'simulate/index', 'admin/index']) {
  t.test(`${entry} and its types need no optional package`, async t => {
    const reached = await reach(new URL(`../../src/${entry}.ts`, import.meta.url).href)
    t.ok(reached.size > 5)
    t.strictSame(
      optional.filter(name => reached.has(name)),
      [],
    )
  })
}

t.test('the program runs without any optional package', async t => {
  const reached = await reach(new URL('../../src/cli/main.ts', import.meta.url).href, false)
  t.ok(reached.size > 100)
  t.strictSame(
    optional.filter(name => reached.has(name)),
    [],
  )
})

t.test('metrics and opentelemetry need one each', async t => {
  const of = async (entry: string): Promise<string[]> => {
    const reached = await reach(new URL(`../../src/${entry}/index.ts`, import.meta.url).href)
    return optional.filter(name => reached.has(name))
  }
  t.strictSame(await of('metrics'), ['prom-client'])
  t.strictSame(await of('opentelemetry'), ['@opentelemetry/api'])
})
