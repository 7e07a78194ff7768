/**
 * The health of one server.
 *
 *            failed                picked (timer expired)
 *     up ─────────────> down ─────────────────────────> probing
 *      ^                 │ ^                               │ │
 *      │    answered     │ └──── probe-failed, released ───┘ │
 *      └─────────────────┴──────────── answered ─────────────┘
 *
 * `down` and `probing` together are the plug-in's "marked down". No timer moves anything: `down` carries the time of
 * the last failure, and whoever asks compares it with the clock (R1, R3). Reports come late: a request that began
 * before a server went down may still be answered (U2) or fail (R9), so that every cell can really happen.
 */
export type Health = 'up' | 'down' | 'probing'

export type Signal =
  /** An attempt that is not the probe ended in a failure that marks down. */
  | 'failed'
  /** The probe ended in a failure of any kind (R6). */
  | 'probe-failed'
  /** The probe ended without a verdict: its client went away (E3). */
  | 'released'
  /** An HTTP answer other than 503 arrived, on whichever stream (U1, U2). */
  | 'answered'
  /** A request was assigned. */
  | 'picked'

export const transitions: Readonly<Record<Health, Readonly<Record<Signal, Health>>>> = {
  up: { failed: 'down', 'probe-failed': 'down', released: 'up', answered: 'up', picked: 'up' },
  down: {
    failed: 'down',
    'probe-failed': 'down',
    released: 'down',
    answered: 'up',
    picked: 'probing',
  },
  // A failure elsewhere moves the timer but leaves the flag with the probe that holds it: one probe at a time (R4, R9).
  probing: {
    failed: 'probing',
    'probe-failed': 'down',
    released: 'down',
    answered: 'up',
    picked: 'probing',
  },
}
