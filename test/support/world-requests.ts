import fc from 'fast-check'
import type { RequestHead } from '../../src/core/request.ts'
import type { FailureCause, Outcome } from '../../src/core/step.ts'

const often = <T>(good: readonly T[], odd: readonly T[], weight = 20): fc.Arbitrary<T> =>
  fc.oneof(
    { arbitrary: fc.constantFrom(...good), weight },
    { arbitrary: fc.constantFrom(...odd), weight: 1 },
  )

const hostHeader = often<string | undefined>(
  [
    'www.example.com',
    'shop.example.com',
    'shop.example.com:80',
    'SHOP.Example.com:443',
    'www.example.com:8080',
    '[::1]:80',
  ],
  [
    undefined,
    '',
    'shop.example.com.',
    'shop.example.com.:80',
    'shop.example.com:00080',
    '[::1]',
    '[::1',
    '::1',
    '[]',
    'shop.example.com:65535',
    'shop.example.com:65536',
    'shop.example.com:x',
    'shop.example.com: 80',
    'shop example.com',
    'user@shop.example.com',
    'shop.example.com/x',
    'sh*:80',
    'höst',
    "a!$&'()*+,;=%b",
  ],
)

const segment = fc.oneof(
  {
    arbitrary: fc.constantFrom('app', 'app', 'info', 'a', 'b', 'x', 'i.jsp', 'application', 'APP'),
    weight: 60,
  },
  {
    arbitrary: fc.constantFrom(
      '',
      '.',
      '..',
      '%2e%2E',
      '%61pp',
      '%C3%A9',
      '%E9',
      'a%3Bb',
      '%25',
      '%252F',
      '...',
      '*',
    ),
    weight: 10,
  },
  {
    arbitrary: fc.constantFrom(
      'a%2Fb',
      'a%5Cb',
      'a\\b',
      '%zz',
      '%',
      '%a',
      '%00',
      'a b',
      'a#b',
      '\u0000',
      '\u007f',
      '\t',
      '%2e%2e%2fa',
    ),
    weight: 2,
  },
)

const ids = fc.array(
  fc.oneof(
    { arbitrary: fc.integer({ min: 1, max: 9 }).map(n => `c${n}`), weight: 12 },
    { arbitrary: fc.constantFrom('-1', 'zz', '', 'C1', 'p1', 'p2', 'p3', 'c1 '), weight: 2 },
  ),
  { maxLength: 4 },
)

const separator = often([':', ':', ':', '+'], ['.', '!'], 8)

/** Values at and beyond the limits of E14. */
const absurd = [
  `${'K'.repeat(8192)}:c1`,
  `${'K'.repeat(8189)}:c1:c2`,
  `0000K${':x'.repeat(63)}:c1:c2`,
  `0000K${':x'.repeat(64)}:c1`,
]

const sessionValue = fc.oneof(
  {
    arbitrary: fc
      .tuple(ids, separator, fc.constantFrom('0000K', '0000K', '0001A2MB4IJozU_VM8IffsMNfdR', ''))
      .map(([list, sep, key]) => [key, ...list].join(sep)),
    weight: 100,
  },
  { arbitrary: fc.constantFrom(...absurd), weight: 1 },
)

const pathParameters = fc.oneof(
  { arbitrary: fc.constant(''), weight: 40 },
  {
    arbitrary: fc
      .tuple(fc.constantFrom(';jsessionid=', ';jsessionid=', ';sid=', ';JSESSIONID='), sessionValue)
      .map(([name, value]) => name + value),
    weight: 6,
  },
  {
    arbitrary: fc.constantFrom(
      ';',
      ';x=y',
      ';jsessionid=',
      ';jsessionid',
      ';v=1;jsessionid=K:c2',
      ';%zz',
      ';v=%00',
      ';a%2Fb',
      ';\\',
    ),
    weight: 1,
  },
)

const query = often(
  ['', '', '', '?q=1', '?;jsessionid=K:c1'],
  ['?', '?a=%zz', '?a b', '?a#b', '?/../..', '?a%2Fb\\', '#f'],
)

const path = fc
  .array(fc.tuple(segment, pathParameters), { maxLength: 4 })
  .map(parts => `/${parts.map(([s, p]) => s + p).join('/')}`)

const requestTarget = fc.oneof(
  { arbitrary: fc.tuple(path, query).map(([p, q]) => p + q), weight: 60 },
  {
    arbitrary: fc
      .tuple(
        fc.constantFrom('http://', 'https://', 'HTTP://'),
        fc.constantFrom('www.example.com', 'shop.example.com:443', '[::1]:80', 'SHOP.example.com'),
        path,
        query,
      )
      .map(parts => parts.join('')),
    weight: 4,
  },
  {
    arbitrary: fc.constantFrom(
      '*',
      'shop.example.com:443',
      'http://www.example.com',
      'http://www.example.com?q=1',
      'http://a b/',
      'http://www.example.com:70000/app',
    ),
    weight: 1,
  },
)

const sessionPair = fc
  .tuple(
    fc.constantFrom('JSESSIONID', 'JSESSIONID', 'JSESSIONID', 'SID', 'SSLJSESSION', 'jsessionid'),
    sessionValue,
    fc.constantFrom('', '', '', '"'),
  )
  .map(([name, value, quote]) => `${name}=${quote}${value}${quote}`)

const cookiePair = fc.oneof(
  { arbitrary: sessionPair, weight: 10 },
  { arbitrary: fc.constantFrom('foo=bar', 'theme=dark'), weight: 3 },
  {
    arbitrary: fc.constantFrom(
      'junk',
      '',
      '=x',
      'JSESSIONID',
      'JSESSIONID=',
      'JSESSIONID=""',
      'JSESSIONID="',
      'JSESSIONID="K:c1',
      'XJSESSIONID=K:c1',
      'a="x; y"',
      '\tJSESSIONID=K:c2\t',
      'JSESSIONID=a=b:c3',
    ),
    weight: 1,
  },
)

const cookieLine = fc
  .tuple(
    fc.array(cookiePair, { minLength: 1, maxLength: 3 }),
    fc.constantFrom('; ', '; ', ';', ' ;'),
  )
  .map(([pairs, glue]) => pairs.join(glue))

const cookieLines: fc.Arbitrary<string | readonly string[] | undefined> = fc.oneof(
  { arbitrary: fc.constant(undefined), weight: 10 },
  { arbitrary: cookieLine, weight: 10 },
  { arbitrary: fc.array(cookieLine, { maxLength: 3 }), weight: 1 },
)

const bodySize = fc.constantFrom<number | 'unknown' | undefined>(
  undefined,
  undefined,
  undefined,
  undefined,
  0,
  10,
  80,
  5000,
  'unknown',
)

/** Random request heads, most of them ordinary, some of them hostile. */
export const requestHead: fc.Arbitrary<RequestHead> = fc
  .tuple(
    requestTarget,
    hostHeader,
    cookieLines,
    fc.constantFrom(undefined, 80, 443, 8080),
    bodySize,
    fc.constantFrom('http' as const, 'http' as const, 'http' as const, 'https' as const),
  )
  .map(([target, host, cookie, localPort, body, scheme]) => ({
    method: methodOf(target, body !== undefined),
    target,
    scheme,
    ...(host !== undefined && { host }),
    ...(localPort !== undefined && { localPort }),
    ...(cookie !== undefined && { cookie }),
    ...(body !== undefined && { body }),
  }))

const methodOf = (target: string, hasBody: boolean): string => {
  if (target === '*') return 'OPTIONS'
  if (/^[^/]+:\d+$/.test(target)) return 'CONNECT'
  return hasBody ? 'POST' : 'GET'
}

/** How a step may end: one outcome for each kind of step; the world takes the one that fits. */
export interface Ending {
  readonly buffer: Outcome
  readonly attempt: Outcome
  readonly relay: Outcome
}

const connectCauses = [
  'refused',
  'unreachable',
  'connect-timeout',
  'connect-failed',
  'tls',
  'handshake',
] as const satisfies readonly FailureCause[]

const clientEnds = fc.constantFrom<Outcome>(
  { kind: 'client-aborted' },
  { kind: 'client-aborted' },
  { kind: 'client-failed' },
  { kind: 'body-too-large' },
)

const stream = fc.constantFrom({}, { stream: 'new' as const }, { stream: 'pooled' as const })
const bodySent = fc.constantFrom({}, {}, {}, { bodySent: true }, { bodySent: false })

const attemptEnd: fc.Arbitrary<Outcome> = fc.oneof(
  {
    arbitrary: fc
      .tuple(
        fc.constantFrom(200, 200, 200, 200, 404, 302, 500, 502, 503, 503, 599),
        fc.constantFrom({}, { streaming: true }, { streaming: true }, { streaming: false }),
        stream,
        bodySent,
      )
      .map(
        ([status, ...rest]): Outcome => ({
          kind: 'answered',
          status,
          ...Object.assign({}, ...rest),
        }),
      ),
    weight: 10,
  },
  {
    arbitrary: fc
      .constantFrom(...connectCauses)
      .map((cause): Outcome => ({ kind: 'failed', cause })),
    weight: 4,
  },
  {
    arbitrary: fc
      .tuple(
        fc.constantFrom('reset' as const, 'read-timeout' as const, 'malformed' as const),
        stream,
        bodySent,
      )
      .map(
        ([cause, ...rest]): Outcome => ({ kind: 'failed', cause, ...Object.assign({}, ...rest) }),
      ),
    weight: 5,
  },
  { arbitrary: clientEnds, weight: 2 },
)

/** Endings of every kind of step. */
export const ending: fc.Arbitrary<Ending> = fc.record({
  buffer: fc.oneof(
    {
      arbitrary: fc
        .tuple(fc.constantFrom(0, 10, 80, 5000), fc.boolean())
        .map(([bytes, complete]): Outcome => ({ kind: 'buffered', bytes, complete })),
      weight: 8,
    },
    { arbitrary: clientEnds, weight: 1 },
  ),
  attempt: attemptEnd,
  relay: fc.constantFrom<Outcome>(
    { kind: 'relayed' },
    { kind: 'relayed' },
    { kind: 'relayed' },
    { kind: 'failed', cause: 'reset' },
    { kind: 'client-aborted' },
    { kind: 'body-too-large' },
  ),
})
