import type { Severity } from '../diagnostics.ts'
import { globalRules } from './global.ts'
import { inactiveRules } from './inactive.ts'
import { nameRules } from './names.ts'
import { routeRules } from './routes.ts'
import type { Lint, Report, Rule } from './rule.ts'
import { placeOf, written } from './rule.ts'
import { serverRules } from './servers.ts'
import { sessionRules } from './sessions.ts'
import { timeoutRules } from './timeouts.ts'
import { transportRules } from './transports.ts'
import { uriRules } from './uris.ts'
import { virtualHostRules } from './virtual-hosts.ts'
import { weightRules } from './weights.ts'

/** Every check that looks at the whole model. */
export const rules: readonly Rule[] = [
  ...nameRules,
  ...routeRules,
  ...virtualHostRules,
  ...uriRules,
  ...sessionRules,
  ...serverRules,
  ...weightRules,
  ...timeoutRules,
  ...transportRules,
  ...globalRules,
  ...inactiveRules,
]

/** Runs every check. */
export const runRules = (lint: Lint): void => {
  for (const { code, severity, check } of rules) {
    const report: Report = (of, attribute, texts) => {
      const at = placeOf(lint, of)
      const name = attribute === undefined ? undefined : written(lint, at, attribute)
      lint.reading.findings.add({ code, severity, at, attribute: name, ...texts })
    }
    check(lint, report)
  }
}

/** A finding that comes from somewhere else than the rules above. */
export interface OtherCode {
  readonly code: string
  readonly severity: Severity
  readonly title: string
  /** Who reports it, or why nobody can. */
  readonly by: string
}

const byReader = 'found while reading'
const byEdge = 'reported when host names are looked up'
const byMerge = 'concerns merging files'

/** The rest of plugin-cfg.md §7, and our own codes. */
export const otherCodes: readonly OtherCode[] = [
  { code: 'L01', severity: 'error', title: 'not well-formed XML', by: byReader },
  {
    code: 'L02',
    severity: 'error',
    title: 'the root is not Config, or there are several',
    by: byReader,
  },
  { code: 'L07', severity: 'error', title: 'a host name that does not resolve', by: byEdge },
  {
    code: 'L08',
    severity: 'warning',
    title: 'IgnoreDNSFailures hides a host name that does not resolve',
    by: byEdge,
  },
  {
    code: 'L22',
    severity: 'warning',
    title: "AffinityCookie is not the name of the application's cookie",
    by: 'not from the file alone: the name is set in the application',
  },
  {
    code: 'L33',
    severity: 'warning',
    title: 'LoadBalance in another spelling, such as RoundRobin',
    by: byReader,
  },
  {
    code: 'L36',
    severity: 'warning',
    title: 'a signer missing from the key database, or expired',
    by: 'not from the file alone: it takes the key database and the server',
  },
  {
    code: 'L40',
    severity: 'note',
    title: "the application sees the web server's address instead of the client's",
    by: 'not from the file alone: trustedSensitiveHeaderOrigin is set on the server',
  },
  {
    code: 'L44',
    severity: 'warning',
    title: 'AcceptAllContent is false, and clients send bodies with GET or DELETE',
    by: 'not from the file alone: it depends on what clients send',
  },
  {
    code: 'L46',
    severity: 'warning',
    title: 'the file cannot be read by the user of the web server processes',
    by: 'not from the file alone: it depends on the permissions of its directories',
  },
  {
    code: 'L48',
    severity: 'note',
    title: 'a manual edit that the next generation overwrites',
    by: 'not from the file alone: it takes the file that was generated',
  },
  {
    code: 'L49',
    severity: 'note',
    title: 'a global file under config/cells keeps old values',
    by: 'not from the file alone: it takes the other file',
  },
  {
    code: 'L50',
    severity: 'warning',
    title: 'the file was not propagated, or WebSpherePluginConfig names another one',
    by: 'not from the file alone: it takes the configuration of the web server',
  },
  {
    code: 'L51',
    severity: 'error',
    title: 'IntelligentManagement in a file that is merged',
    by: byMerge,
  },
  {
    code: 'L53',
    severity: 'warning',
    title: 'global settings of a merged file came from an unexpected input',
    by: byMerge,
  },
  {
    code: 'L55',
    severity: 'warning',
    title: 'an unknown element, attribute or property, or one in an unusual spelling',
    by: byReader,
  },
  {
    code: 'L56',
    severity: 'warning',
    title: 'an element or attribute in the wrong place',
    by: byReader,
  },
  {
    code: 'L57',
    severity: 'note',
    title: 'a Port outside 1 to 65535, or a Protocol other than http and https',
    by: byReader,
  },
  {
    code: 'L59',
    severity: 'note',
    title: 'bytes that do not fit the encoding of the file',
    by: byReader,
  },
  {
    code: 'L60',
    severity: 'note',
    title: 'more headers than HTTPMaxHeaders',
    by: 'not from the file alone: it depends on the requests',
  },
  {
    code: 'L62',
    severity: 'note',
    title: 'a host name whose address changes',
    by: 'not from the file alone: it takes the name service over time',
  },
  {
    code: 'X01',
    severity: 'warning',
    title: 'a byte order mark or blank text before the XML declaration',
    by: byReader,
  },
  {
    code: 'X02',
    severity: 'warning',
    title: 'an encoding that is unknown or contradicts itself',
    by: byReader,
  },
  {
    code: 'X03',
    severity: 'error',
    title: 'beyond the limits of what is read: size, depth, number of elements or faults',
    by: byReader,
  },
  { code: 'X04', severity: 'error', title: 'a document type declaration', by: byReader },
  { code: 'X05', severity: 'warning', title: 'text between elements', by: byReader },
  {
    code: 'X06',
    severity: 'note',
    title: 'more findings of one kind than are listed',
    by: byReader,
  },
  {
    code: 'X07',
    severity: 'warning',
    title: 'an element, attribute or property that may be there once is repeated',
    by: byReader,
  },
  {
    code: 'X10',
    severity: 'warning',
    title: 'a value that is no number, no true or false, or not among the allowed ones',
    by: byReader,
  },
  {
    code: 'X11',
    severity: 'error',
    title: 'a required attribute is missing or empty',
    by: byReader,
  },
  {
    code: 'X13',
    severity: 'warning',
    title: 'a placeholder in dollar sign and braces that nobody has replaced',
    by: byReader,
  },
]
