import type { PluginConfig } from '../../src/config/model.ts'
import { ManualClock } from '../../src/core/clock.ts'
import type { RouterOptions } from '../../src/core/options.ts'
import type { RequestHead } from '../../src/core/request.ts'
import { createRouter, seededRandom } from '../../src/core/router.ts'
import type { Outcome } from '../../src/core/step.ts'
import type { TraceRecord } from '../../src/core/trace.ts'
import type { RecordedInput, Recording } from '../../src/debug/recording.ts'

/** A router with other traffic, and a way to record one request of it as a running edge would. */
export const busyEdge = (config: PluginConfig, settings: RouterOptions = {}) => {
  const clock = new ManualClock(1_234_567.25)
  const random = seededRandom(3)
  let draws: number[] = []
  const router = createRouter(config, {
    ...settings,
    clock,
    random: () => {
      const drawn = random()
      draws.push(drawn)
      return drawn
    },
  })

  const other = (head: Partial<RequestHead> = {}) =>
    router.route({ method: 'GET', target: '/x', scheme: 'http', host: 'h', ...head })

  const record = (head: Partial<RequestHead> = {}) => {
    const whole = { method: 'GET', target: '/x', scheme: 'http', host: 'h', ...head } as const
    const inputs: RecordedInput[] = []
    const records: TraceRecord[] = []
    const noted = <T>(outcome: Outcome | null, act: () => T): T => {
      const before = router.snapshot()
      draws = []
      const result = act()
      inputs.push({ at: clock.now(), before, outcome, draws })
      return result
    }
    const exchange = noted(null, () => router.route(whole, each => records.push(each)))
    return {
      exchange,
      told: (outcome: Outcome) => noted(outcome, () => exchange.report(outcome)),
      recording: (): Recording =>
        JSON.parse(
          JSON.stringify({
            version: 1,
            exchange: exchange.number,
            recordedAt: '2024-01-01T00:00:00.000Z',
            method: whole.method,
            url: `http://${whole.host}${whole.target}`,
            head: whole,
            settings,
            inputs,
            records,
            status: 200,
            code: exchange.code,
          } satisfies Recording),
        ),
    }
  }
  return { clock, router, other, record }
}
