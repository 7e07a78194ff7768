import { edgeConfig } from '../../support/edge-config.ts'
import { eventually } from '../../support/loopback.ts'
import { bytesAre, last, openStage, request, talk, unambiguous } from '../stage.ts'
import { type Case, probe } from '../suite.ts'
import { statusOf, valuesOf } from '../wire.ts'

/** Two servers, so that a session can be with the one that round robin does not begin with. */
export const twoServers = (port: number) => edgeConfig([{ port }, { port }])

const s2 = '0000abc:c2'

/** The server of the session, by clone ID; null: the cookie names none. */
const lines: readonly (readonly [title: string, lines: readonly string[], server: 'm2' | null])[] =
  [
    ['the plain cookie', [`JSESSIONID=${s2}`], 'm2'],
    ['blanks around everything', [` \t JSESSIONID = ${s2} \t `], 'm2'],
    ['a quoted value', [`JSESSIONID="${s2}"`], 'm2'],
    ['half a pair of quotes', [`JSESSIONID="${s2}`], 'm2'],
    ['among others', [`a=1; JSESSIONID=${s2}; b=2`], 'm2'],
    ['on the second line', ['a=1', `JSESSIONID=${s2}`], 'm2'],
    ['behind a cookie without an equals sign', [`nonsense; JSESSIONID=${s2}`], 'm2'],
    ['behind a name that is empty', [`=x; JSESSIONID=${s2}`], 'm2'],
    ['behind empty pairs', [`;;; ; JSESSIONID=${s2}`], 'm2'],
    ['twice, the first unknown', [`JSESSIONID=0000x:zz; JSESSIONID=${s2}`], 'm2'],
    ['twice, the first empty', [`JSESSIONID=; JSESSIONID=${s2}`], 'm2'],
    [
      '1,000 times, only the last known',
      [`${'JSESSIONID=x:z; '.repeat(600)}JSESSIONID=${s2}`],
      'm2',
    ],
    ['the ids in a list', ['JSESSIONID=0000abc:zz:yy:c2'], 'm2'],
    ['empty ids in a list', ['JSESSIONID=0000abc:::::c2'], 'm2'],
    ['the 64th id', [`JSESSIONID=0000abc${':z'.repeat(63)}:c2`], 'm2'],
    ['the 65th id', [`JSESSIONID=0000abc${':z'.repeat(64)}:c2`], null],
    ['4,000 ids', [`JSESSIONID=0000abc${':z'.repeat(4000)}:c2`], null],
    ['an id behind 8 KiB', [`JSESSIONID=${'x'.repeat(8200)}:c2`], null],
    ['the name as the end of another', [`XJSESSIONID=${s2}`], null],
    ['the name as the end of another behind a dash', [`X-JSESSIONID=${s2}`], null],
    ['the name as the beginning of another', [`JSESSIONID2=${s2}`], null],
    ['the name in another case', [`jsessionid=${s2}`], null],
    ['the name in the value of another', [`a=JSESSIONID=${s2}`], null],
    ['the name behind a comma', [`a=1, JSESSIONID=${s2}`], null],
    ['the name behind a NUL that is encoded', [`%00JSESSIONID=${s2}`], null],
    ['a name in quotes', [`"JSESSIONID"=${s2}`], null],
    ['no value', ['JSESSIONID'], null],
    ['no value and an equals sign', ['JSESSIONID='], null],
    ['an id in percent-encoding', ['JSESSIONID=0000abc%3Ac2'], null],
    ['the other separator', ['JSESSIONID=0000abc+c2'], null],
    ['an id with a blank behind', ['JSESSIONID=0000abc:c2 x'], null],
    ['an id in another case', ['JSESSIONID=0000abc:C2'], null],
    ['an id that begins like one', ['JSESSIONID=0000abc:c22'], null],
    ['the name of the server', ['JSESSIONID=0000abc:m2'], null],
    ['an id of the prototype', ['JSESSIONID=0000abc:__proto__:constructor:toString'], null],
    ['an attribute of old', [`$Version=1; JSESSIONID=${s2}; $Path=/`], 'm2'],
    ['12 KB of separators', [';'.repeat(12_000)], null],
    ['12 KB of blanks', [`a${' '.repeat(12_000)}b`], null],
    ['12 KB of equals signs', ['='.repeat(12_000)], null],
    ['12 KB of quotes', ['"'.repeat(12_000)], null],
    ['12 KB of the name', ['JSESSIONID'.repeat(1200)], null],
    ['12 KB of the name and blanks', ['JSESSIONID '.repeat(1100)], null],
    ['bytes above ASCII', ['JSESSIONID=\xe9\xff:\xe9'], null],
    ['a partition cookie that nobody has a table for', ['JSESSIONID=0000abc:123456789'], null],
  ]

const targets: readonly (readonly [target: string, server: 'm2' | null])[] = [
  [`/a;jsessionid=${s2}`, 'm2'],
  [`/a;x=y;jsessionid=${s2};z`, 'm2'],
  [`/a;jsessionid=;jsessionid=${s2}`, 'm2'],
  [`/a;jsessionid=${s2}/b`, 'm2'],
  [`/a;JSESSIONID=${s2}`, null],
  [`/a?x;jsessionid=${s2}`, null],
  [`/a;xjsessionid=${s2}`, null],
  [`/ajsessionid=${s2}`, null],
  [`/a${';jsessionid='.repeat(1000)}`, null],
  [`/a;jsessionid=0000abc${':z'.repeat(3000)}:c2`, null],
]

const affine = (
  title: string,
  bytes: string,
  server: 'm2' | null,
  cookies: readonly string[],
): Case =>
  probe(
    `${title} ${server === null ? 'names no server' : 'names its server'}`,
    async (t, { port, app, records }) => {
      records.length = 0
      const { messages } = await talk(port, bytes)
      t.strictSame(messages.map(statusOf), [200])
      await eventually(() => records.length === 1)
      const [record] = records
      if (server === null) t.not(record?.code, 'AFF')
      else t.match(record, { server, code: 'AFF' })
      const arrived = valuesOf(app.messages()[0], 'cookie')
      t.strictSame(
        arrived,
        cookies.map(line => line.replace(/^[ \t]+|[ \t]+$/g, '')),
        'and goes on whole',
      )
      unambiguous(t, app)
    },
  )

/** Cookie parsing (security.md 1). */
export const cookies: readonly Case[] = [
  ...lines.map(([title, list, server]) =>
    affine(
      title,
      request('GET /a', ...list.map(line => `Cookie: ${line}`), 'Connection: close'),
      server,
      list,
    ),
  ),
  ...targets.map(([target, server]) =>
    affine(
      `the target ${target.slice(0, 40)}${target.length > 40 ? '…' : ''}`,
      request(`GET ${target}`, 'Connection: close'),
      server,
      [],
    ),
  ),
  affine(
    'a Cookie2',
    request('GET /a', `Cookie2: JSESSIONID=${s2}`, 'Connection: close'),
    null,
    [],
  ),
  affine(
    'a Set-Cookie of a client',
    request('GET /a', `Set-Cookie: JSESSIONID=${s2}`, 'Connection: close'),
    null,
    [],
  ),
  probe('500 Cookie lines arrive as 500', async (t, { port, app }) => {
    const many = Array.from({ length: 500 }, (_, i) => `Cookie: c${i}=${i}`)
    const { messages } = await talk(port, request('GET /a', ...many, 'Connection: close'))
    t.strictSame(messages.map(statusOf), [200])
    t.equal(valuesOf(app.messages()[0], 'cookie').length, 500)
  }),
  ...[';', '=', ' ', 'JSESSIONID=x:z;', 'a=1; '].map(piece =>
    probe(
      `64 KiB of ${JSON.stringify(piece)} end with a status, and the next request is served`,
      async (t, { port, app }) => {
        const bomb = piece.repeat(65_536 / piece.length)
        const { messages } = await talk(port, request('GET /a', `Cookie: a${bomb}b`))
        t.strictSame(messages.map(statusOf), [431])
        t.equal(app.text(), '')
        const { messages: after } = await talk(port, last)
        t.strictSame(
          after.map(({ body }) => body),
          ['/last'],
        )
      },
    ),
  ),
  probe('a bomb of cookies that a server sets goes to the client as it is, once', async t => {
    const { port, app } = await openStage(t)
    const list = Array.from(
      { length: 200 },
      (_, i) => `Set-Cookie: c${i}=${'x'.repeat(100)}%0d%0a; SameSite=Bogus; Path=/;;;`,
    )
    app.answer = bytesAre(
      `HTTP/1.1 200 OK\r\n${list.join('\r\n')}\r\nSet-Cookie2: a=b\r\nContent-Length: 2\r\n\r\nhi`,
    )
    const { messages } = await talk(port, request('GET /a') + last)
    t.strictSame(
      valuesOf(messages[0], 'set-cookie'),
      list.map(line => line.slice('Set-Cookie: '.length)),
    )
    t.strictSame(valuesOf(messages[0], 'set-cookie2'), ['a=b'])
    t.strictSame(valuesOf(messages[1], 'set-cookie'), [])
  }),
]
