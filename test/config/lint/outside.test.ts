import { readFile } from 'node:fs/promises'
import t from 'tap'
import { otherCodes } from '../../../src/config/lint/rules.ts'
import { type Change, change, codes } from '../support.ts'

// Mistakes that the file alone cannot show: check must not guess them from settings that may be right.

/** The code, and a file in which a checker that guesses would report it. */
const suspicions: readonly (readonly [code: string, changes: readonly Change[]])[] = [
  ['L22', [['<Uri ', '<Uri AffinityCookie="SHOPSESSION" ']]],
  ['L36', [['plugin-key.kdb', 'expired.kdb']]],
  ['L40', [['<Config ', '<Config TrustedProxyEnable="false" ']]],
  ['L44', [['<Config ', '<Config AcceptAllContent="false" ']]],
  ['L46', [['/var/log/http_plugin.log', '/root/http_plugin.log']]],
  ['L48', [['<Config ', '<!-- edited by hand -->\n<Config ']]],
  ['L49', [['<Config ', '<!-- config/cells/plugin-cfg.xml -->\n<Config ']]],
  ['L50', [['<Config ', '<!-- not propagated -->\n<Config ']]],
  ['L60', [['<Config ', '<Config HTTPMaxHeaders="10" ']]],
  ['L62', [['Hostname="one"', 'Hostname="moving.example.com"']]],
]

const readme = await readFile('plugin-cfg/README.md', 'utf8')

for (const [code, changes] of suspicions) {
  t.test(
    `${code} is not guessed from the file; the list of findings says who would know`,
    async t => {
      t.notOk(codes(change(...changes)).includes(code))
      const entry = otherCodes.find(other => other.code === code)
      t.match(entry?.by, /^not from the file alone: /)
      const row = readme.split('\n').find(line => line.startsWith(`| ${code} `)) ?? ''
      t.ok(row.includes(entry?.title ?? '?') && row.includes(entry?.by ?? '?'), row)
    },
  )
}
