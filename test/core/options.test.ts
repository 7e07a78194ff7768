import t from 'tap'
import { type RouterOptions, resolveSwitches } from '../../src/core/options.ts'

const file = { useInsecure: false, markBusyDown: false }

t.test('§0 every switch begins with the newest documented behaviour', async t => {
  t.same(resolveSwitches({}, file), {
    affinityFailover: 'balanced',
    insecureFallback: false,
    connectionTtlDefaultMs: 28_000,
    retryClock: 'now',
    probe503ClearsFlag: true,
    statsVocabulary: 'requests',
    markDownOn5xx: false,
    allDown: 'fail',
    backupAffinity: true,
    ambiguousPaths: 'refuse',
    markBusyDown: false,
  })
})

t.test('§0 every switch can be turned', async t => {
  const options = {
    affinityFailover: 'ordered',
    insecureFallback: true,
    connectionTtlDefaultMs: 0,
    retryClock: 'arrival',
    probe503ClearsFlag: false,
    statsVocabulary: 'connections',
    markDownOn5xx: true,
    allDown: 'probe',
    backupAffinity: false,
    ambiguousPaths: 'forward',
  } as const
  t.same(resolveSwitches(options, file), { ...options, markBusyDown: false })
})

t.test('E20 E21 Y3 what the file says counts where no option is given', async t => {
  const said = { failoverToNext: true, useInsecure: true, markBusyDown: true }
  t.match(resolveSwitches({}, said), {
    affinityFailover: 'ordered',
    insecureFallback: true,
    markBusyDown: true,
  })
  t.match(resolveSwitches({ affinityFailover: 'balanced', insecureFallback: false }, said), {
    affinityFailover: 'balanced',
    insecureFallback: false,
  })
  t.match(resolveSwitches({}, { ...file, failoverToNext: false }), {
    affinityFailover: 'balanced',
  })
})

const wrong: readonly (readonly [given: object, message: string])[] = [
  [
    { affinityFailover: 'next' },
    "affinityFailover is \"next\"; write one of 'ordered', 'balanced'",
  ],
  [{ retryClock: null }, "retryClock is null; write one of 'now', 'arrival'"],
  [
    { statsVocabulary: 'hits' },
    "statsVocabulary is \"hits\"; write one of 'requests', 'connections'",
  ],
  [{ allDown: true }, "allDown is true; write one of 'fail', 'probe'"],
  [{ ambiguousPaths: '' }, "ambiguousPaths is \"\"; write one of 'refuse', 'forward'"],
  [{ connectionTtlDefaultMs: -1 }, 'connectionTtlDefaultMs is -1; write 0 or more milliseconds'],
  [
    { connectionTtlDefaultMs: Number.NaN },
    'connectionTtlDefaultMs is NaN; write 0 or more milliseconds',
  ],
]
for (const [given, message] of wrong) {
  t.test(`wrong options are named with what was given: ${message}`, async t => {
    t.throws(() => resolveSwitches(given as RouterOptions, file), {
      code: 'OPTION_INVALID',
      message,
    })
  })
}
