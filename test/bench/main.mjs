import { decision, decisionTables } from './decision/run.mjs'
import { edge } from './edge/run.mjs'
import { edgeTables } from './edge/tables.mjs'
import { endurance } from './endurance/run.mjs'
import { enduranceTables } from './endurance/tables.mjs'
import { machine, ourVersion } from './machine.mjs'
import { readOptions } from './options.mjs'
import { inTemporaryFolder } from './places.mjs'
import { whenInterrupted } from './processes.mjs'
import { updateReadme } from './readme/update.mjs'
import { saveResult } from './results.mjs'

const parts = {
  decision: { run: decision, tables: decisionTables },
  edge: { run: edge, tables: edgeTables },
  endurance: { run: endurance, tables: enduranceTables },
}

const say = line => console.error(line)

const measure = async options => {
  const { run, tables } = parts[options.part]
  if (options.part !== 'decision' && process.platform !== 'linux') {
    throw new Error('the edge is measured on Linux only, where /proc tells the CPU time of others')
  }
  const print = measured => {
    console.log(heading(options))
    for (const text of tables(measured)) console.log(`\n${text}`)
  }
  const interim = soFar => whenInterrupted(() => print(soFar()))
  const measured = await inTemporaryFolder(folder => run(options, folder, say, interim))
  print(measured)
  if (options.save !== undefined) {
    const { part, quick, rounds } = options
    saveResult(options.save, {
      part,
      version: ourVersion(),
      ...machine(),
      ...(part !== 'endurance' && { rounds }),
      quick,
      ...measured,
    })
  }
}

const heading = ({ part, rounds, quick }) => {
  const { date, node, processor, cores, memoryGiB, platform } = machine()
  return (
    `plugin-cfg-router ${ourVersion()}, ${date}, Node ${node}, ${cores} cores of ${processor}, ${memoryGiB} GiB, ` +
    `${platform}${part === 'endurance' ? '' : `, medians of ${rounds} rounds`}${quick ? ' (--quick: for a look only)' : ''}`
  )
}

try {
  const options = readOptions(process.argv.slice(2))
  if (options.part === 'readme') updateReadme(say)
  else await measure(options)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
