import { quote } from '../diagnostics.ts'
import { type Rule, written } from './rule.ts'

/** How long things take, and what is sent twice. */
export const timeoutRules: readonly Rule[] = [
  {
    code: 'L24',
    severity: 'warning',
    title: 'ConnectTimeout is 0 or absent',
    check: (lint, report) => {
      for (const { server } of lint.members) {
        if (server.connectTimeoutMs > 0) continue
        report(server, 'ConnectTimeout', {
          message: `server ${quote(server.name)} has ${written(lint, server, 'ConnectTimeout') ? 'ConnectTimeout 0' : 'no ConnectTimeout'}`,
          effect:
            'an unreachable server is noticed when the operating system gives up, after minutes',
          advice: 'write ConnectTimeout="5"',
        })
      }
    },
  },
  {
    code: 'L25',
    severity: 'warning',
    title: 'ServerIOTimeout is 0 or absent',
    check: (lint, report) => {
      for (const { server } of lint.members) {
        if (server.serverIoTimeoutMs > 0) continue
        report(server, 'ServerIOTimeout', {
          message: `server ${quote(server.name)} has ${written(lint, server, 'ServerIOTimeout') ? 'ServerIOTimeout 0' : 'no ServerIOTimeout'}`,
          effect: 'a server that hangs keeps its requests for ever',
          advice: 'write ServerIOTimeout="900", or longer than the slowest request takes',
        })
      }
    },
  },
  {
    code: 'L26',
    severity: 'warning',
    title: 'ServerIOTimeout is very short',
    check: (lint, report) => {
      for (const { server } of lint.members) {
        const seconds = server.serverIoTimeoutMs / 1000
        if (seconds === 0 || seconds >= 10) continue
        report(server, 'ServerIOTimeout', {
          message: `ServerIOTimeout of server ${quote(server.name)} is ${seconds} s`,
          effect: 'slow answers become errors, and their requests may be executed twice',
          advice: 'write more seconds than the slowest request takes, such as 900',
        })
      }
    },
  },
  {
    code: 'L27',
    severity: 'warning',
    title: 'a negative ServerIOTimeout in a small cluster',
    check: (lint, report) => {
      for (const { server, cluster } of lint.members) {
        const size = cluster.servers.length
        if (!server.serverIoTimeoutMarksDown || size < 2 || size > 3) continue
        report(server, 'ServerIOTimeout', {
          message: `ServerIOTimeout of server ${quote(server.name)} is negative, in a cluster of ${size}`,
          effect:
            'one slow application marks healthy servers down, and the rest follow under the load',
          advice: 'write a positive number unless a slow answer really means a dead server',
        })
      }
    },
  },
  {
    code: 'L28',
    severity: 'warning',
    title: 'PostBufferSize is not 0 while ServerIOTimeout may expire',
    check: (lint, report) => {
      for (const cluster of lint.config.clusters) {
        if (cluster.postBufferSizeBytes === 0 || cluster.servers.length < 2) continue
        if (cluster.servers.every(server => server.serverIoTimeoutMs === 0)) continue
        const given = written(lint, cluster, 'PostBufferSize') !== undefined
        report(cluster, 'PostBufferSize', {
          message: given
            ? `cluster ${quote(cluster.name)} keeps request bodies to send them again`
            : `cluster ${quote(cluster.name)} has no PostBufferSize, which means 64 KiB`,
          effect: 'a POST that times out is sent to another server, and may be executed twice',
          advice: 'write PostBufferSize="0", unless every POST may be repeated',
        })
      }
    },
  },
  {
    code: 'L29',
    severity: 'note',
    title: 'PostSizeLimit so small that KiB were probably meant',
    check: (lint, report) => {
      for (const cluster of lint.config.clusters) {
        const limit = cluster.postSizeLimitBytes
        if (limit === null || limit >= 10_000) continue
        report(cluster, 'PostSizeLimit', {
          message: `PostSizeLimit of cluster ${quote(cluster.name)} is ${limit} bytes`,
          effect: limit === 0 ? 'every request with a body gets 413' : 'larger bodies get 413',
          advice: 'write bytes, not KiB; -1 for no limit',
        })
      }
    },
  },
]
