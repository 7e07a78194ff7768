import type { TraceRecord } from '../core/trace.ts'
import { anything, either, map, named, object, optional, type Shape, tag, word } from './shape.ts'

type RecordOf<K extends TraceRecord['kind']> = Extract<TraceRecord, { kind: K }>
type OwnFields<K extends TraceRecord['kind']> = Exclude<keyof RecordOf<K>, 'kind' | CommonField>
type CommonField = 'exchange' | 'time' | 'step' | 'component' | 'fn'

/** The fields of every kind of trace record. The compiler compares this table with `src/core/trace.ts`. */
const traceFields: {
  readonly [K in TraceRecord['kind']]: Readonly<Record<OwnFields<K>, true>>
} = {
  route: {
    host: true,
    port: true,
    path: true,
    cluster: true,
    route: true,
    virtualHostGroup: true,
    virtualHost: true,
    uriGroup: true,
    uri: true,
    score: true,
    affinityCookie: true,
    affinityUrlIdentifier: true,
  },
  decline: { host: true, port: true, path: true },
  ids: { source: true, name: true, value: true, cloneIds: true, partitions: true, reparsed: true },
  compare: { id: true, server: true, serverCloneId: true, list: true, match: true },
  check: {
    server: true,
    ignoreWeights: true,
    markedDown: true,
    probing: true,
    retryNow: true,
    retryInSec: true,
    wlbAllows: true,
    reachedMaxConnectionsLimit: true,
    pending: true,
    eligible: true,
  },
  skip: { server: true, reason: true, retryInSec: true },
  select: {
    cluster: true,
    server: true,
    cloneId: true,
    why: true,
    attempt: true,
    probe: true,
    pending: true,
    affinity: true,
    total: true,
    weight: true,
  },
  transport: { server: true, case: true, protocol: true, hostname: true, port: true },
  stream: { server: true, from: true },
  connect: { server: true, result: true, connectTimeoutMs: true, code: true },
  fail: {
    server: true,
    row: true,
    cause: true,
    text: true,
    timeoutMs: true,
    retryCount: true,
    serverIoTimeoutRetry: true,
    retry: true,
  },
  'mark-down': { server: true, retryIntervalMs: true, reason: true },
  retry: { server: true, hostname: true, how: true, attempt: true },
  'mark-up': { server: true, reason: true },
  stats: {
    server: true,
    pending: true,
    failed: true,
    affinity: true,
    total: true,
    vocabulary: true,
  },
  weights: { cluster: true, reset: true, weights: true },
  outcome: {
    result: true,
    cluster: true,
    server: true,
    status: true,
    reason: true,
    attempts: true,
  },
}

export const kinds = Object.keys(traceFields) as readonly TraceRecord['kind'][]

const commonFields: Readonly<Record<CommonField, true>> = {
  exchange: true,
  time: true,
  step: true,
  component: true,
  fn: true,
}

/** What a trace record is expected to look like: its kind, and any of its fields. */
export type RecordPattern = TraceRecord['kind'] | Readonly<Record<string, unknown>>

/** A kind alone, or an object with `kind` and some of the fields of that kind. A field that the kind does not have is an error. */
export const recordPattern: Shape<RecordPattern> = named(
  'record',
  either(
    [
      word(kinds),
      ...kinds.map(kind =>
        object({
          kind: tag(kind),
          ...Object.fromEntries(
            [...Object.keys(traceFields[kind]), ...Object.keys(commonFields)].map(field => [
              field,
              optional(anything()),
            ]),
          ),
        }),
      ),
    ],
    'A trace record: its kind, or an object with kind and those fields that matter.',
  ),
) as Shape<RecordPattern>

/** Fields of the step that an exchange waits in. */
export const stepPattern: Shape<Readonly<Record<string, unknown>>> = map(
  anything(),
  'What the request waits for: kind (buffer, attempt, relay) and any other fields of that step.',
)
