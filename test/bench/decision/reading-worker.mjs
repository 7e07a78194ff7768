/** Reads one file with one reader, in a process of its own, whose peak of memory is then that of the reading. */
import { readFileSync } from 'node:fs'
import { loadBuild } from './load-build.mjs'

const { folder, file, reader } = JSON.parse(process.env.WORK)

const readers = {
  nothing: async () => text => text.length,
  parser: async () => {
    const { XMLParser } = await import('fast-xml-parser')
    return text => new XMLParser().parse(text)
  },
  'parser, with attributes': async () => {
    const { XMLParser } = await import('fast-xml-parser')
    return text => new XMLParser({ ignoreAttributes: false }).parse(text)
  },
  'plugin-cfg-router': async () => {
    const { readPluginConfig } = await loadBuild(folder)
    return text => {
      const { config, diagnostics } = readPluginConfig(text, { maxBytes: text.length })
      // A file that is refused is read in no time.
      if (config.clusters.length === 0) throw new Error(diagnostics[0]?.message)
      return config
    }
  },
}

const read = await readers[reader]()
const text = readFileSync(file, 'utf8')
const before = process.cpuUsage()
const start = process.hrtime.bigint()
const kept = read(text)
const milliseconds = Number(process.hrtime.bigint() - start) / 1e6
const { user, system } = process.cpuUsage(before)
const peakMiB = process.resourceUsage().maxRSS / 1024
process.send(
  { milliseconds, cpuMilliseconds: (user + system) / 1000, peakMiB, kept: typeof kept },
  () => process.disconnect(),
)
