/**
 * All rules that the router is built by, in our own words, each with what it rests on. Tests carry
 * their numbers in their titles; test/README.md shows which tests prove which rule.
 */
import { decisions, questions } from './lists/decisions.ts'
import { attempts, bodies, failures, recovery } from './lists/failures.ts'
import { findings } from './lists/findings.ts'
import { fileMatching, matching, pipeline } from './lists/matching.ts'
import { lists, random, weights } from './lists/selection.ts'
import { carriers, lone, lookUp, partitions, values } from './lists/sessions.ts'
import { oneProcess, streams, transports } from './lists/streams.ts'
import type { Rule, RuleGroup } from './rule.ts'

export const groups: readonly RuleGroup[] = [
  pipeline,
  matching,
  fileMatching,
  carriers,
  values,
  lookUp,
  lone,
  partitions,
  weights,
  random,
  lists,
  failures,
  bodies,
  attempts,
  recovery,
  transports,
  streams,
  oneProcess,
  questions,
  decisions,
  findings,
]

export const rules: readonly Rule[] = groups.flatMap(group => group.rules)
