import t from 'tap'
import { errors } from 'undici'
import {
  causeOf,
  codeOf,
  connectTimeout,
  driverError,
  type Moment,
  outcomeOf,
  serverIoTimeout,
} from '../../src/driver/outcome.ts'

const error = (code: string) => driverError(code, 'any')

const table: readonly (readonly [rule: string, code: string, moment: Moment, cause: string])[] = [
  ['F1', 'ECONNREFUSED', 'connect', 'refused'],
  ['F1', 'EHOSTUNREACH', 'connect', 'unreachable'],
  ['F1', 'ENETUNREACH', 'connect', 'unreachable'],
  ['F1', 'EHOSTDOWN', 'connect', 'unreachable'],
  ['F1', 'ENOTFOUND', 'connect', 'unreachable'],
  ['F1', 'EAI_AGAIN', 'connect', 'unreachable'],
  ['F2', connectTimeout, 'connect', 'connect-timeout'],
  ['F3', 'ETIMEDOUT', 'connect', 'connect-failed'],
  ['F3', 'ECONNRESET', 'connect', 'connect-failed'],
  ['F4', 'ECONNRESET', 'tls', 'tls'],
  ['F4', 'CERT_HAS_EXPIRED', 'tls', 'tls'],
  ['F4', 'ETIMEDOUT', 'tls', 'tls'],
  ['F4', 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'exchange', 'tls'],
  ['F5', 'UND_ERR_SOCKET', 'handshake', 'handshake'],
  ['F5', serverIoTimeout, 'handshake', 'handshake'],
  ['F7', 'UND_ERR_SOCKET', 'exchange', 'reset'],
  ['F7', 'ECONNRESET', 'exchange', 'reset'],
  ['F7', 'EPIPE', 'exchange', 'reset'],
  ['F10', 'ETIMEDOUT', 'exchange', 'reset'],
  ['F8', serverIoTimeout, 'exchange', 'read-timeout'],
  ['F8', 'UND_ERR_HEADERS_TIMEOUT', 'exchange', 'read-timeout'],
  ['F8', 'UND_ERR_BODY_TIMEOUT', 'exchange', 'read-timeout'],
  ['F13', 'UND_ERR_HEADERS_OVERFLOW', 'exchange', 'malformed'],
  ['F13', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'exchange', 'malformed'],
  ['F13', 'ERR_ASSERTION', 'exchange', 'malformed'],
  ['F7', 'SOMETHING_NEW', 'exchange', 'reset'],
]

for (const [rule, code, moment, cause] of table) {
  t.test(`${rule} ${code} during ${moment} is ${cause}`, async t => {
    t.equal(causeOf(error(code), moment), cause)
    t.strictSame(outcomeOf(error(code), moment, 'pooled', true), {
      kind: 'failed',
      cause,
      stream: 'pooled',
      bodySent: true,
      code,
    })
  })
}

t.test('F13 what the parser refuses is malformed, although it has no code', async t => {
  t.equal(causeOf(new errors.HTTPParserError('x'), 'exchange'), 'malformed')
})

t.test('what undici will not send is the client’s fault', async t => {
  for (const code of [
    'UND_ERR_INVALID_ARG',
    'UND_ERR_NOT_SUPPORTED',
    'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
  ]) {
    t.strictSame(outcomeOf(error(code), 'exchange', 'new', false), { kind: 'client-failed' })
  }
})

t.test('an error without a code is told by its moment', async t => {
  t.strictSame(outcomeOf(new Error('?'), 'connect', 'new', false), {
    kind: 'failed',
    cause: 'connect-failed',
    stream: 'new',
    bodySent: false,
  })
  for (const odd of [null, undefined, 'text', { code: 7 }]) t.equal(codeOf(odd), undefined)
})
