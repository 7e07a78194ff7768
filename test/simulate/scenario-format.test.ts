import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import t from 'tap'
import { loadPluginConfig } from '../../src/config/load.ts'
import { parseJson } from '../../src/simulate/json.ts'
import { modelShape } from '../../src/simulate/model-shape.ts'
import { loadScenario, readScenario } from '../../src/simulate/read-scenario.ts'
import { scenarioSchema } from '../../src/simulate/scenario.ts'
import { simulate } from '../../src/simulate/simulate.ts'
import { validate } from '../../src/simulate/validate.ts'

const root = resolve(import.meta.dirname, '../..')
const folder = join(root, 'plugin-cfg')
const published = join(folder, 'scenario.schema.json')

t.test('the published JSON Schema is the format itself', async t => {
  // `tap --snapshot` writes it anew.
  if (process.env.TAP_SNAPSHOT === '1') {
    await writeFile(published, `${JSON.stringify(scenarioSchema(), null, 2)}\n`)
  }
  t.strictSame(JSON.parse(await readFile(published, 'utf8')), scenarioSchema())
})

t.test('every reference in the schema leads somewhere', async t => {
  const text = JSON.stringify(scenarioSchema())
  const { $defs } = scenarioSchema() as { $defs: Record<string, unknown> }
  for (const [, name = ''] of text.matchAll(/"#\/\$defs\/([^"]+)"/g)) t.ok($defs[name], name)
})

t.test('the README describes every key of the format', async t => {
  const readme = await readFile(join(folder, 'README.md'), 'utf8')
  const described = readme.slice(0, readme.indexOf('<!-- reference:begin -->'))
  const keys = new Set<string>()
  const collect = (schema: unknown): void => {
    if (typeof schema !== 'object' || schema === null) return
    for (const [key, value] of Object.entries(schema)) {
      if (key === 'properties') for (const name of Object.keys(value)) keys.add(name)
      if (key === '$defs') {
        // The model is the programs' own format, and records are those of the trace.
        for (const [name, each] of Object.entries(value)) {
          if (['behaviour', 'exchangeExpectation', 'step'].includes(name)) collect(each)
        }
      } else collect(value)
    }
  }
  collect(scenarioSchema())
  // The options of createRouter are described where they are defined.
  const { options } = (scenarioSchema() as { properties: Record<string, { properties?: object }> })
    .properties
  for (const name of Object.keys(options?.properties ?? {})) {
    if (!['seed', 'random', 'unusable'].includes(name)) keys.delete(name)
  }
  for (const key of keys) {
    if (key === '$schema') continue
    t.match(described, new RegExp(`[\`"]${key.replace('$', '\\$')}[\`"]`), key)
  }
})

t.test('the example in the README holds', async t => {
  const readme = await readFile(join(folder, 'README.md'), 'utf8')
  const [, example = ''] =
    /<!-- example:begin -->\s*```json\n(.*?)```\s*<!-- example:end -->/s.exec(readme) ?? []
  const loaded = await loadScenario(join(folder, 'scenarios', 'example.json'), example)
  if ('problems' in loaded) return t.fail('the example has problems', { ...loaded })
  t.strictSame(
    simulate(loaded.scenario, loaded.configs).steps.flatMap(step => step.mismatches),
    [],
  )
})

t.test('every configuration that can be read fits the shape of a model', async t => {
  const folders = [folder]
  const corpus = resolve(root, '../shared/corpus/plugin-cfg')
  if (existsSync(corpus)) folders.push(corpus)
  else t.comment('../shared/corpus is not here: only the samples are tried')
  for (const each of folders) {
    for (const name of (await readdir(each)).filter(file => file.endsWith('.xml'))) {
      const { config, diagnostics } = await loadPluginConfig(join(each, name))
      if (diagnostics.some(({ severity }) => severity === 'error')) continue
      const json = parseJson(JSON.stringify(config))
      t.ok('value' in json && validate(json, modelShape).length === 0, name)
    }
  }
})

const problemsOf = (text: string): readonly string[] => {
  const read = readScenario(text)
  return 'problems' in read
    ? read.problems.map(({ line, column, path, message }) => `${line}:${column} ${path} ${message}`)
    : []
}

const bad = [
  ['', '1:1 $ the scenario is empty'],
  ['  \n', '1:1 $ the scenario is empty'],
  ['{', '1:2 $ the end of the text where a key in double quotes should be'],
  ['[]', '1:1 $ found a list, expected an object { }'],
  ['{"title": "x"}', '1:1 $ the key "steps" is missing'],
  [
    '{"title": "x", "steps": [{"request": "http://a/", "expects": {}}]}',
    '1:51 $.steps[0].expects unknown key "expects"; did you mean expect?',
  ],
  [
    '{"title": "x", "steps": [{"network": {"m1": "refusd"}}]}',
    '1:45 $.steps[0].network.m1 found "refusd", expected one of ok, refused, unreachable, connect-timeout, connect-failed, tls, handshake, reset, reset-pooled, read-timeout, silent, malformed, broken-answer; did you mean refused?',
  ],
  [
    '{"title": "x", "steps": [{"network": {"m1": 99}}]}',
    '1:45 $.steps[0].network.m1 found 99, expected 101 or more',
  ],
  [
    '{"title": "x", "steps": [{"request": "http://a/", "expect": {"absent": [{"kind": "mark-down", "cluster": "C"}]}}]}',
    '1:95 $.steps[0].expect.absent[0].cluster unknown key "cluster"; possible here: kind, server, retryIntervalMs, reason, exchange, time, step, component, fn',
  ],
  [
    '{"title": "x", "steps": [{"request": "http://a/", "expect": {"trace": ["selct"]}}]}',
    /^1:72 \$\.steps\[0\]\.expect\.trace\[0\] found "selct", expected one of route, .*; did you mean select\?$/,
  ],
  [
    '{"title": "x", "steps": [{"wat": 3}]}',
    '1:27 $.steps[0].wat unknown key "wat"; did you mean wait?',
  ],
  [
    '{"title": "x", "steps": [{"request": "a/b"}]}',
    '1:38 $.steps[0].request found "a/b", expected something like http://www.example.com/shop?x=1',
  ],
  [
    '{"title": "x", "steps": [{"request": "http://a/", "method": ""}]}',
    '1:61 $.steps[0].method found "", expected something like POST',
  ],
  ['{"title": "x", "steps": [{"wait": 1e400}]}', '1:35 $ a number that is too large'],
  [
    '{"title": "x", "steps": [{"wait": 1e300}]}',
    '1:35 $.steps[0].wait found 1e+300, expected 1000000000 or less',
  ],
  [
    '{"title": "x", "options": {"random": [1]}, "steps": []}',
    '1:39 $.options.random[0] found 1, expected less than 1',
  ],
  [
    '<?xml version="1.0"?><Config/>',
    '1:1 $ this is XML; a scenario is JSON and names a plugin-cfg.xml as its "config"',
  ],
  ['{"title": "x", "steps": [{"wait": -1}]}', '1:35 $.steps[0].wait found -1, expected 0 or more'],
  [
    '{"title": "x", "config": {"xlm": ""}, "steps": []}',
    /^1:26 \$\.config found an object with none of the keys xml, model$/,
  ],
] as const

for (const [text, problem] of bad) {
  t.test(`the scenario ${text} is told what is wrong`, async t => {
    t.match(problemsOf(text), [problem])
  })
}

t.test('a configuration that cannot be read is a problem of the scenario', async t => {
  const text = '{"title": "x",\n "config": "nowhere.xml", "steps": [{"reload": "/"}]}'
  const loaded = await loadScenario(join(folder, 'x.json'), text)
  t.match(loaded, {
    problems: [
      { line: 2, column: 12, path: '$.config', message: /nowhere\.xml.*there is no such file/ },
      { line: 2, path: '$.steps[0].reload', message: /it is a directory/ },
    ],
  })
})

t.test('a scenario that cannot be read is an error with one clear line', async t => {
  await t.rejects(loadScenario(join(folder, 'nowhere.json')), {
    code: 'FILE_UNREADABLE',
    message: /there is no such file$/,
  })
  await t.rejects(loadScenario(join(folder, 'README.md', 'x')), {
    message: /a part of the path is a file, not a directory$/,
  })
  await t.rejects(loadScenario('x'.repeat(5000)), { message: /the path is too long$/ })
  await t.rejects(loadScenario(folder), { message: /it is a directory; name the scenario in it$/ })
})

t.test('a file without end is read up to a limit, and no further', async t => {
  if (!existsSync('/dev/zero')) return t.comment('there is no /dev/zero here')
  await t.rejects(loadScenario('/dev/zero'), {
    code: 'FILE_UNREADABLE',
    message: 'cannot read "/dev/zero": it is larger than 33554432 bytes',
  })
})
