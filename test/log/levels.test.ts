import t from 'tap'
import { logLevels, parseLogLevel, shows } from '../../src/log/levels.ts'

t.test('10.2 each level shows its own lines and those of the levels before it', async t => {
  t.same(logLevels, ['error', 'warn', 'stats', 'detail', 'debug', 'trace'])
  for (const [i, level] of logLevels.entries()) {
    t.same(
      logLevels.filter(line => shows(level, line)),
      logLevels.slice(0, i + 1),
      level,
    )
  }
})

t.test('10.2 the banner is shown at every level', async t => {
  for (const level of logLevels) t.ok(shows(level, 'plugin'), level)
})

t.test('10.2 levels are understood in any case', async t => {
  t.equal(parseLogLevel('Stats'), 'stats')
  t.equal(parseLogLevel(' TRACE '), 'trace')
  t.equal(parseLogLevel('loud'), undefined)
  t.equal(parseLogLevel('plugin'), undefined)
})
