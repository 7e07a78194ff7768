import { resolve } from 'node:path'
import t from 'tap'
import { edgesOnDemand, notInstalled, python, run } from './behind-edge.ts'
import { judge, verdictsOf } from './verdicts.ts'

// Tornado's tests of its own HTTP and WebSocket server, written by its authors, with an edge between client and server.

const skip = notInstalled(python, ['-c', 'import tornado.test.websocket_test'], 'python3-tornado')
const runner = resolve(import.meta.dirname, 'tornado_behind_edge.py')

const suite = async (t: Parameters<typeof run>[0], module: string): Promise<string> => {
  const { control, passed } = await edgesOnDemand(t)
  const env = { ASYNC_TEST_TIMEOUT: '10' }
  const { text } = await run(t, python, [runner, String(control), `tornado.test.${module}`], env)
  t.ok(passed() > 20, `${passed()} requests came through the edge`)
  return text
}

const refused = 'Node refuses it with 400, and the server that should log it never sees it'
const spelled = 'keep-alive is spelled in lower case'
const held = 'the head goes to the server with the first bytes of the body, which do not come'

const differences: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    'BodyLimitsTest.test_body_size_override_reset': held,
    'BodyLimitsTest.test_timeout': held,
    'HTTPConnectionTest.test_newlines': 'lines must end with CR LF',
    'HTTPServerRawTest.test_invalid_content_length': refused,
    'HTTPServerRawTest.test_malformed_first_line_log': refused,
    'HTTPServerRawTest.test_malformed_first_line_response': refused,
    'HTTPServerRawTest.test_malformed_headers': refused,
    'IdleTimeoutTest.test_unused_connection':
      'idle time of clients belongs to the host of the edge',
    'KeepAliveTest.test_http10': 'the answer says Connection: close, which HTTP/1.0 need not say',
    'KeepAliveTest.test_http10_keepalive': spelled,
    'KeepAliveTest.test_http10_keepalive_extra_crlf': spelled,
    'KeepAliveTest.test_keepalive_chunked': spelled,
    'MaxHeaderSizeTest.test_large_headers':
      'a server that hangs up without an answer is a 500 (F7)',
    'StreamingChunkSizeTest.test_chunked_body': 'sometimes two chunks of a client are one',
  }).map(([name, reason]) => [`tornado.test.httpserver_test.${name}`, reason]),
)

t.test('the WebSocket tests of Tornado pass through the edge', { skip }, async t => {
  judge(t, verdictsOf(await suite(t, 'websocket_test')), 45, {})
})

t.test('the HTTP server tests of Tornado pass through the edge', { skip }, async t => {
  judge(t, verdictsOf(await suite(t, 'httpserver_test')), 40, differences)
})
