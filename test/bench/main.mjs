import { mkdirSync, writeFileSync } from 'node:fs'
import { decision, decisionTables } from './decision/run.mjs'
import { edge, edgeTables } from './edge/run.mjs'
import { machine, ourVersion } from './machine.mjs'
import { readOptions } from './options.mjs'
import { here, inTemporaryFolder } from './places.mjs'

const parts = {
  decision: { run: decision, tables: decisionTables },
  edge: { run: edge, tables: edgeTables },
}

const main = async () => {
  const options = readOptions(process.argv.slice(2))
  const { run, tables } = parts[options.part]
  if (options.part === 'edge' && process.platform !== 'linux') {
    throw new Error('the edge is measured on Linux only, where /proc tells the CPU time of others')
  }
  const say = line => console.error(line)
  const measured = await inTemporaryFolder(folder => run(options, folder, say))
  const { rounds, quick } = options
  const result = {
    part: options.part,
    version: ourVersion(),
    ...machine(),
    rounds,
    quick,
    ...measured,
  }
  console.log(heading(result))
  for (const text of tables(measured)) console.log(`\n${text}`)
  if (options.save !== undefined) save(options.save, result)
}

const heading = ({ date, node, processor, cores, platform, rounds, quick, version }) =>
  `plugin-cfg-router ${version}, ${date}, Node ${node}, ${cores} cores of ${processor}, ${platform}, ` +
  `medians of ${rounds} rounds${quick ? ' (--quick: for a look only)' : ''}`

const save = (name, result) => {
  const folder = new URL('results/', here)
  mkdirSync(folder, { recursive: true })
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(result, null, 2)}\n`)
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
