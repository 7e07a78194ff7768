import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import t from 'tap'
import { choiceCodes, endCodes, failCodes, missedCodes, obstacleCodes } from '../src/core/index.ts'

const readme = await readFile('README.md', 'utf8')

t.test('every file that the README sends a reader to exists', async t => {
  const named = [...readme.matchAll(/`((?:src|plugin-cfg|test)\/[^`\s]+)`|\]\(([^)#]+)\)/g)].map(
    match => match[1] ?? match[2] ?? '',
  )
  t.ok(named.length > 25, `${named.length} names`)
  for (const name of named) t.ok(existsSync(name), name)
})

t.test('every folder below src is in the table or the picture', async t => {
  for (const entry of await readdir('src', { withFileTypes: true })) {
    if (entry.isDirectory()) t.match(readme, new RegExp(`\\b${entry.name}\\b`), entry.name)
  }
})

t.test('every command of the README exists', async t => {
  const commands = [...readme.matchAll(/^\| `plugin-cfg (\w+)/gm)].map(match => match[1])
  const files = await readdir('src/cli/commands')
  t.same(commands.sort(), files.map(file => file.replace('.ts', '')).sort())
})

t.test('every script that the README names exists', async t => {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8'))
  for (const [, name = ''] of readme.matchAll(/`npm run (\w+)/g)) t.ok(scripts[name], name)
})

t.test('every option that the README names exists', async t => {
  const options = await readFile('src/core/options.ts', 'utf8')
  const paragraph = readme.slice(readme.indexOf('What changed between releases'))
  const names = [...paragraph.slice(0, paragraph.indexOf('- State')).matchAll(/`(\w+)`/g)]
  t.ok(names.length >= 9)
  for (const [, name = ''] of names) t.match(options, new RegExp(`readonly ${name}\\?`), name)
})

t.test(
  '.ci/run runs the README’s test command, the build, the types and the lint rules',
  async t => {
    const script = await readFile('.ci/run', 'utf8')
    for (const command of ['npm cit', 'npm run build', 'npm run check', 'npm run lint']) {
      t.match(readme, command)
      t.match(script, new RegExp(`^${command}$`, 'm'))
    }
  },
)

t.test('the table of reason codes has every word that there is, and no other', async t => {
  const [, table = ''] = /<!-- codes:begin -->([\s\S]*?)<!-- codes:end -->/.exec(readme) ?? []
  const words = [...table.matchAll(/^\| `(\w+)`/gm)].map(match => match[1])
  const all = [choiceCodes, missedCodes, obstacleCodes, failCodes, endCodes].flatMap(codes =>
    Object.values<string>(codes),
  )
  t.same(words.toSorted(), [...new Set(all)].sort())
})
