import t from 'tap'
import { edgesOnDemand, notInstalled, python, run } from './behind-edge.ts'
import { judge, verdictsOf } from './verdicts.ts'

// Cheroot's tests of its own HTTP server, written by its authors, with an edge between client and server.

const skip = notInstalled(
  python,
  ['-c', 'import pytest, cheroot.test.test_conn'],
  'python3-cheroot python3-jaraco.text python3-pytest',
)

const suite = async (t: Parameters<typeof run>[0], module: string): Promise<string> => {
  const { control, passed } = await edgesOnDemand(t)
  const env = {
    EDGE_CONTROL: String(control),
    PYTHONPATH: import.meta.dirname,
    PYTHONDONTWRITEBYTECODE: '1',
  }
  const plugins = ['-p', 'no:cacheprovider', '-p', 'cheroot_behind_edge']
  // Idle clients are the business of the edge's host, and faults within the socket of the server are nobody else's.
  const chosen = ['-k', 'not Timeout and not tcp_fin', '--pyargs', `cheroot.test.${module}`]
  const args = ['-m', 'pytest', '-q', '-s', ...plugins, ...chosen]
  const { text } = await run(t, python, args, env)
  t.ok(passed() > 10, `${passed()} requests came through the edge`)
  return text
}

const inOtherWords = 'Node refuses it with 400 too, and says nothing more'
const alwaysSaid = 'Node says with every answer how long it keeps the connection'

t.test('the connection tests of Cheroot pass through the edge', { skip }, async t => {
  judge(t, verdictsOf(await suite(t, 'test_conn')), 13, {
    test_Content_Length_not_int: inOtherWords,
    'test_keepalive[HTTP/1.0]': alwaysSaid,
    'test_keepalive[HTTP/1.1]': alwaysSaid,
    test_keepalive_conn_management: 'the edge keeps as many clients as it likes',
    test_Content_Length_in:
      'the head goes to the server with the first bytes of the body, which do not come',
    'test_No_CRLF[\\n\\n]': inOtherWords,
    'test_No_CRLF[\\r\\n\\n]': inOtherWords,
  })
})

t.test('the request tests of Cheroot pass through the edge', { skip }, async t => {
  judge(t, verdictsOf(await suite(t, 'test_core')), 9, {
    test_http_connect_request: 'Node ends the connection of a CONNECT that its host does not take',
    'test_parse_no_leading_slash_invalid[hello]': inOtherWords,
    'test_parse_no_leading_slash_invalid[\\u043f\\u0440\\u0438\\u0432\\u0456\\u0442]': inOtherWords,
    test_parse_uri_absolute_uri: 'a proxy takes absolute targets',
    test_parse_uri_asterisk_uri: 'OPTIONS * asks the edge, and not the server behind it',
    test_parse_uri_fragment_uri: 'the edge refuses it with 400 too, and sends its own page',
    test_parse_uri_unsafe_uri: 'Node refuses a target with a byte that no URI has',
    test_parse_uri_invalid_uri: inOtherWords,
    'test_malformed_request_line[GET_/-400-Malformed_Request-Line]':
      'Node understands it as HTTP/0.9',
    'test_malformed_request_line[GET_/_HTTPS/1.1-400-Malformed_Request-Line:_bad_protocol]':
      inOtherWords,
    'test_malformed_request_line[GET_/_HTTP/1-400-Malformed_Request-Line:_bad_version]':
      inOtherWords,
    'test_malformed_request_line[GET_/_HTTP/2.15-505-Cannot_fulfill_request]':
      'Node says 400, not 505',
    test_malformed_http_method: inOtherWords,
    test_malformed_header: inOtherWords,
    test_garbage_in: inOtherWords,
  })
})
