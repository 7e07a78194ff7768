import t from 'tap'
import {
  type Diagnostic,
  isUsable,
  plain,
  quote,
  renderDiagnostic,
} from '../../src/config/diagnostics.ts'

const diagnostic: Diagnostic = {
  severity: 'warning',
  code: 'L24',
  file: 'plugin-cfg.xml',
  line: 12,
  column: 7,
  path: 'Config/ServerCluster[shop]/Server[s1]@ConnectTimeout',
  message: 'server "s1" has ConnectTimeout 0',
  effect: 'failover takes minutes',
  advice: 'write ConnectTimeout="5"',
}

t.test('a diagnostic as text', async t => {
  t.equal(
    renderDiagnostic(diagnostic),
    `plugin-cfg.xml:12:7 warning L24 server "s1" has ConnectTimeout 0
    at Config/ServerCluster[shop]/Server[s1]@ConnectTimeout
    effect: failover takes minutes
    advice: write ConnectTimeout="5"`,
  )
})

t.test('what is not known is left out of the text', async t => {
  const { file: _, ...rest } = diagnostic
  t.equal(
    renderDiagnostic({ ...rest, path: '', effect: '', advice: '' }),
    '12:7 warning L24 server "s1" has ConnectTimeout 0',
  )
})

t.test('usable unless something is an error', async t => {
  t.ok(isUsable([]))
  t.ok(isUsable([diagnostic, { ...diagnostic, severity: 'note' }]))
  t.notOk(isUsable([diagnostic, { ...diagnostic, severity: 'error' }]))
})

t.test('pieces of the file cannot play tricks on a terminal', async t => {
  t.equal(quote('a"b\n\u001b[31m\u202e'), '"a\\"b\\n\\u001b[31m\\u202e"')
  t.equal(plain('a\u001b[2J\u200b\nb'), 'a\\u001b[2J\\u200b\\u000ab')
  t.equal(plain('\ud800'), '\\ud800')
  t.equal(quote('😀ü'), '"😀ü"')
})

t.test('pieces of the file are cut', async t => {
  t.equal(quote('x'.repeat(81)), `"${'x'.repeat(80)}…"`)
  t.equal(plain('x'.repeat(200)).length, 81)
})
