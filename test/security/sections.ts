import type { Test } from 'tap'
import type { PluginConfig } from '../../src/config/model.ts'
import { clients } from './cases/clients.ts'
import { cookies, twoServers } from './cases/cookies.ts'
import { exhaustion } from './cases/exhaustion.ts'
import { framing } from './cases/framing.ts'
import { connectionFields, headerNames } from './cases/header-names.ts'
import { fastPaths, manyHosts, mapping, pages, paths, publicAndAdmin } from './cases/paths.ts'
import { pipe } from './cases/pipe.ts'
import { responses } from './cases/responses.ts'
import { adminPages, tls } from './cases/trust.ts'
import { upgrade } from './cases/upgrade.ts'
import { openStage } from './stage.ts'
import { type Case, play } from './suite.ts'

/** A subject of security.md 1, or the table of security.md 2, with its cases. */
export interface Section {
  readonly subject: string
  /** Who is hostile: a client, a server, or many clients at once. */
  readonly side: 'client' | 'server' | 'crowd'
  readonly cases: readonly Case[]
  /** The configuration of the stage that the cases share; default: one server for everything. */
  readonly config?: (port: number) => PluginConfig
}

/** All of them, in the order of security.md. */
export const sections: readonly Section[] = [
  { subject: 'request framing', side: 'client', cases: framing },
  { subject: 'header names that vanish or alias', side: 'client', cases: headerNames },
  { subject: 'our headers in Connection', side: 'client', cases: connectionFields },
  { subject: 'upgrade', side: 'client', cases: upgrade },
  { subject: 'path tricks', side: 'client', cases: paths, config: publicAndAdmin },
  { subject: 'fast path and slow path', side: 'client', cases: fastPaths, config: manyHosts },
  { subject: 'response side', side: 'server', cases: responses },
  { subject: 'cross-client mix-up', side: 'crowd', cases: clients },
  { subject: 'cookie parsing', side: 'client', cases: cookies, config: twoServers },
  { subject: 'open redirect and host trust', side: 'client', cases: pages, config: publicAndAdmin },
  { subject: 'admin pages', side: 'client', cases: adminPages },
  { subject: 'TLS', side: 'server', cases: tls },
  { subject: 'exhaustion', side: 'crowd', cases: exhaustion },
  { subject: 'mapping defaults', side: 'client', cases: mapping, config: publicAndAdmin },
  { subject: 'a correct pipe', side: 'server', cases: pipe },
]

/** Plays the sections of one side, each on a stage of its own. */
export const playSections = async (t: Test, side: Section['side']): Promise<void> => {
  for (const { subject, cases, config, ...section } of sections) {
    if (section.side !== side) continue
    await t.test(subject, async t => {
      await play(t, subject, cases, await openStage(t, config === undefined ? {} : { config }))
    })
  }
}
