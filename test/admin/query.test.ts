import t from 'tap'
import { circumstancesOf, readQuery } from '../../src/admin/query.ts'

t.test('a question becomes the circumstances of a request', async t => {
  const query = readQuery(
    JSON.stringify({
      url: 'https://www.example.com/shop/?x=1',
      method: 'POST',
      headers: { Host: 'other.example.com', Cookie: ['a=1', 'b=2'], Accept: 'text/html' },
      cookie: 'JSESSIONID=0000abc:c1',
      bodyBytes: 100,
      localPort: 8443,
      down: [{ name: 'm1' }, { name: 'm2', seconds: 5 }],
      busy: ['Shop/m3'],
      draining: ['m5'],
      stopped: ['m6', 'm7'],
      fail: [
        { name: 'm4', how: 'refused' },
        { name: 'm4', how: 503 },
      ],
      seed: 7,
    }),
  )
  t.same(circumstancesOf(query), {
    head: {
      method: 'POST',
      target: '/shop/?x=1',
      scheme: 'https',
      host: 'other.example.com',
      cookie: ['a=1', 'b=2', 'JSESSIONID=0000abc:c1'],
      localPort: 8443,
      body: 100,
    },
    body: { bytes: 100, chunked: false, arrives: 100 },
    down: [
      { name: 'm1', seconds: null },
      { name: 'm2', seconds: 5 },
    ],
    busy: ['Shop/m3'],
    draining: ['m5'],
    stopped: ['m6', 'm7'],
    fail: [
      { name: 'm4', how: 'refused' },
      { name: 'm4', how: 503 },
    ],
    seed: 7,
  })
})

t.test('a URL alone is a plain GET', async t => {
  t.match(circumstancesOf(readQuery('{"url": "http://a/"}')), {
    head: { method: 'GET', target: '/', host: 'a' },
    down: [],
    seed: 1,
  })
})

const wrong = [
  ['', 'the body is not JSON: 1:1 the end of the text where a value should be'],
  [
    '{"url": "http://a/",}',
    'the body is not JSON: 1:21 "}" where a key in double quotes should be',
  ],
  ['{}', 'the question does not fit: 1:1 $ the key "url" is missing'],
  [
    '{"url": "/shop"}',
    'the question does not fit: 1:9 $.url found "/shop", expected something like http://www.example.com/shop/',
  ],
  [
    '{"url": "http://a/", "cookies": "x"}',
    'the question does not fit: 1:22 $.cookies unknown key "cookies"; did you mean cookie?',
  ],
  [
    '{"url": "http://a/",\n "fail": [{"name": "m1", "how": "refuse"}]}',
    'the question does not fit: 2:33 $.fail[0].how found "refuse", expected one of refused, connect-timeout',
  ],
] as const

for (const [body, message] of wrong) {
  t.test(`${JSON.stringify(body)} is refused with its place`, async t => {
    const error = t.throws(() => readQuery(body)) as Error
    t.ok(error.message.startsWith(message), error.message)
    t.match(error, { status: 400 })
  })
}

t.test('many mistakes are counted, a URL without a host is explained', async t => {
  const down = Array.from({ length: 9 }, () => ({ name: 1 }))
  t.throws(() => readQuery(JSON.stringify({ url: 'http://a/', down })), /; and 4 more$/)
  t.throws(() => circumstancesOf({ url: 'http://:80/' }), {
    status: 400,
    message: /^":80" in the URL is not a host; write HOST or HOST:PORT/,
  })
})
