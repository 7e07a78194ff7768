import { quote } from '../diagnostics.ts'
import type { Uri } from '../model.ts'
import type { Rule } from './rule.ts'

/** Patterns that match less than they seem to. */
export const uriRules: readonly Rule[] = [
  {
    code: 'L17',
    severity: 'warning',
    title:
      'a Uri that no path can match: no leading / or *, a query, a fragment, an encoded character',
    check: (lint, report) => {
      for (const group of lint.config.uriGroups) {
        for (const uri of group.uris) {
          const problem = uri.name === '' ? undefined : problemOf(uri.name)
          if (problem === undefined) continue
          report(uri, 'Name', {
            message: `Uri ${quote(uri.name)} ${problem}`,
            effect: 'no request matches it',
            advice: 'write a path such as /app/*, /app/info or *.jsp',
          })
        }
      }
    },
  },
  {
    code: 'L18',
    severity: 'warning',
    title: 'a Uri that is only a context root, without /*',
    check: (lint, report) => {
      for (const group of lint.config.uriGroups) {
        let names: ReadonlySet<string> | undefined
        for (const uri of group.uris) {
          if (!isBareContext(uri)) continue
          names ??= new Set(group.uris.map(({ name }) => name))
          if (names.has(`${uri.name}/*`) || names.has('/*')) continue
          report(uri, 'Name', {
            message: `Uri ${quote(uri.name)} has no wildcard`,
            effect: `only that exact path is routed, nothing below it`,
            advice: `if it is a context root, write ${quote(`${uri.name}/*`)}, which also matches ${quote(uri.name)}`,
          })
        }
      }
    },
  },
]

/** What most patterns are: nothing in them needs a closer look. */
const sound = /^[/*][^\s?#;%.]*$/

const problemOf = (name: string): string | undefined => {
  if (sound.test(name)) return undefined
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(name)) return 'is a whole URL; hosts belong into VirtualHost'
  if (name !== name.trim()) return 'begins or ends with a blank'
  if (!name.startsWith('/') && !name.startsWith('*')) return 'begins with neither / nor *'
  if (name.includes('?')) return 'contains a query; only the path is matched'
  if (name.includes('#')) return 'contains a fragment, which browsers do not send'
  if (name.includes(';')) return 'contains a path parameter; they are cut off before matching'
  if (/%[\da-f]{2}/i.test(name)) return 'contains an encoded character; paths are decoded first'
  if (/\/\.\.?(?:\/|$)/.test(name)) return 'contains . or .., which are resolved before matching'
  return undefined
}

// Paths that containers answer themselves are exact by nature.
const exact = new Set(['/j_security_check', '/ibm_security_logout', '/favicon.ico'])

const isBareContext = ({ name }: Uri): boolean => /^\/[^/*.]+$/.test(name) && !exact.has(name)
