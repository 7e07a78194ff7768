import type { PluginConfig } from '../../../src/config/model.ts'
import { createRouter } from '../../../src/core/router.ts'
import { hosts, route, uris } from '../../support/configs.ts'
import { edgeConfig } from '../../support/edge-config.ts'
import { createReferenceRouter } from '../../support/reference/reference.ts'
import { last, request, type Stage, talk, unambiguous } from '../stage.ts'
import { type Case, probe, refused, served } from '../suite.ts'
import { statusOf, valuesOf } from '../wire.ts'

/** One cluster for `/public/*` and one, of nobody's business, for `/admin/*`. */
export const publicAndAdmin = (port: number): PluginConfig => {
  const config = edgeConfig([{ port }])
  const [open] = config.clusters
  if (open === undefined) throw new Error('the configuration has one cluster')
  const admin = {
    ...open,
    name: 'Admin',
    servers: open.servers.map(server => ({
      ...server,
      name: 'admin',
      cloneId: 'adm',
      // Nothing listens there: what is for it fails with a page.
      transports: server.transports.map(transport => ({ ...transport, port: 1 })),
    })),
  }
  return {
    ...config,
    clusters: [open, admin],
    uriGroups: [uris('Public', ['/public/*', '/index.html']), uris('Admin', ['/admin/*'])],
    virtualHostGroups: [hosts('Hosts', ['*:*'])],
    routes: [route('Cluster', 'Hosts', 'Public'), route('Admin', 'Hosts', 'Admin')],
  }
}

/** Where a servlet container takes a target: parameters cut, decoded once, dots resolved. Written anew for this test. */
export const containerPath = (target: string): string => {
  const path = target.split('?')[0] ?? ''
  const decoded = path
    .split('/')
    .map(segment => segment.split(';')[0] ?? '')
    .join('/')
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replaceAll('\\', '/')
  const kept: string[] = []
  for (const segment of decoded.split('/')) {
    if (segment === '..') kept.pop()
    else if (segment !== '.' && segment !== '') kept.push(segment)
  }
  return `/${kept.join('/')}`
}

type Where = 'public' | 'admin' | 'nobody' | 'refused'

const statusAt: Readonly<Record<Where, number>> = {
  public: 200,
  admin: 500,
  nobody: 404,
  refused: 400,
}

const targets: readonly (readonly [target: string, where: Where])[] = [
  ['/public/a', 'public'],
  ['/public', 'public'],
  ['/public/', 'public'],
  ['/public/a?b=../../admin/x', 'public'],
  ['/public/a?b=%zz%00', 'public'],
  ['/public/a;v=1', 'public'],
  ['/public/;a=b/c', 'public'],
  ['/public/.', 'public'],
  ['/public/./a', 'public'],
  ['/./public/a', 'public'],
  ['/x/../public/a', 'public'],
  ['/admin/../public/a', 'public'],
  ['/%70ublic/a', 'public'],
  ['/public/%61', 'public'],
  ['/public/a%20b', 'public'],
  ['/public/%c3%a9', 'public'],
  ['/public/%e9', 'public'],
  ['/public/a|b"c', 'public'],
  ['/public/..a/x', 'public'],
  ['/public/.../x', 'public'],
  ['/public/%252e%252e/admin/x', 'public'],
  ['/public/%25%32%65%25%32%65/admin/x', 'public'],
  ['/public/..%3b/admin/x', 'public'],
  ['/public/%3f/../x', 'public'],
  ['/public/%0d%0aX-Split:%20y', 'public'],
  ['/public/%c0%ae%c0%ae/admin/x', 'public'],
  ['/public/%ef%bc%8e%ef%bc%8e/admin/x', 'public'],
  ['/public/*', 'public'],
  ['/admin/x', 'admin'],
  ['/%61dmin/x', 'admin'],
  ['/admin;v=1/x', 'admin'],
  ['/admin;jsessionid=0000x:c1/x', 'admin'],
  ['/;/admin/x', 'nobody'],
  ['/./admin/x', 'admin'],
  ['/public/../admin/x', 'admin'],
  ['/public/..;/admin/x', 'admin'],
  ['/public/..;v=1/admin/x', 'admin'],
  ['/public/..;jsessionid=0000x:c1/admin/x', 'admin'],
  ['/public/x;v=1/%2e%2e/%2e%2e/admin/x', 'admin'],
  ['/public/%2e%2e/admin/x', 'admin'],
  ['/public/%2E%2E/admin/x', 'admin'],
  ['/public/.%2e/admin/x', 'admin'],
  ['/public/%2e./admin/x', 'admin'],
  ['/public/%2e%2e;v=1/admin/x', 'admin'],
  ['/public/./../admin/x', 'admin'],
  ['/public/x/../../admin/x', 'admin'],
  ['/public/%2e/%2e%2e/admin/x', 'admin'],
  ['/public/..;a/..;b/admin/x', 'refused'],
  ['/public/../%61dmin/x', 'admin'],
  ['/public;/../admin/x', 'admin'],
  ['/public%3b/../admin/x', 'admin'],
  ['/ADMIN/x', 'nobody'],
  ['/Public/a', 'nobody'],
  ['/publica', 'nobody'],
  ['/public.html', 'nobody'],
  ['/x/public/a', 'nobody'],
  ['/public/..', 'nobody'],
  ['/public/../', 'nobody'],
  ['/public/../index.html', 'public'],
  ['/index.html;v=1', 'public'],
  ['/index.html/x', 'nobody'],
  ['/%2570ublic/a', 'nobody'],
  ['//public/a', 'nobody'],
  ['//evil.example/public/a', 'nobody'],
  ['/@evil.example/public/a', 'nobody'],
  ['/http://evil.example/public/a', 'nobody'],
  ['/', 'nobody'],
  ['/?/public/a', 'nobody'],
  ['/;public/a', 'nobody'],
  ['/public/../../etc/passwd', 'refused'],
  ['/..', 'refused'],
  ['/../public/a', 'refused'],
  ['/%2e%2e/public/a', 'refused'],
  ['/..;/public/a', 'refused'],
  ['/public/..%2fadmin/x', 'refused'],
  ['/public/..%2Fadmin/x', 'refused'],
  ['/public%2f..%2fadmin/x', 'refused'],
  ['/public/a%2fb', 'refused'],
  ['/public/..%5cadmin/x', 'refused'],
  ['/public/a%5Cb', 'refused'],
  ['/public/..\\admin\\x', 'refused'],
  ['/public\\..\\admin/x', 'refused'],
  ['/public/%', 'refused'],
  ['/public/%2', 'refused'],
  ['/public/%zz', 'refused'],
  ['/public/%u002e%u002e/admin/x', 'refused'],
  ['/public/%00', 'refused'],
  ['/public/a%00.html', 'refused'],
  ['/public/a;v=%00', 'refused'],
  ['/public/a;v=%zz', 'refused'],
  ['/public/a#/../../admin/x', 'refused'],
  ['/public#x', 'refused'],
  ['/public/a?b#c', 'refused'],
]

const absolute: readonly (readonly [target: string, where: Where, sent?: string, host?: string])[] =
  [
    ['http://edge.example/public/a?q', 'public', '/public/a?q', 'edge.example'],
    ['HTTP://other.example:81/public/a', 'public', '/public/a', 'other.example:81'],
    ['https://edge.example/public/a', 'public', '/public/a', 'edge.example'],
    ['http://edge.example/public/../admin/x', 'admin'],
    ['http://edge.example', 'nobody'],
    ['http://edge.example?/public/a', 'nobody'],
    ['http://edge.example/..;/x', 'refused'],
    ['http://user@edge.example/public/a', 'refused'],
    ['http://user:pass@edge.example/public/a', 'refused'],
    ['http://edge.example:99999/public/a', 'refused'],
    ['http://edge.example:8x/public/a', 'refused'],
    ['http://[::1/public/a', 'refused'],
  ]

/** Refused before the edge sees them, or by it. */
const impossible = [
  ['a raw byte of UTF-8', '/public/\xc3\xa9'],
  ['a raw byte of ISO-8859-1', '/public/\xe9'],
  ['a raw full-width dot', '/public/\xef\xbc\x8e\xef\xbc\x8e/admin/x'],
  ['NUL', '/public/\x00'],
  ['a tab', '/public/\ta'],
  ['DEL', '/public/\x7f'],
  ['a control character', '/public/\x1f'],
  ['no slash', 'public/a'],
  ['backslashes alone', '\\public\\a'],
  ['a backslash in its authority', 'http://edge.example\\@evil/public/a'],
  ['a dot alone', '../public/a'],
  ['another scheme', 'ftp://edge.example/public/a'],
  ['a script', 'javascript:alert(1)'],
  ['a file', 'file:///public/a'],
  ['a scheme alone', 'http:/public/a'],
] as const

const goesTo = (target: string, where: Where, sent = target, host = 'edge.example'): Case => ({
  title: `${target} is for ${where}`,
  run: async (t, { port, app }) => {
    const seen = await talk(
      port,
      request(`GET ${target}`) + request('GET /public/last', 'Connection: close'),
    )
    t.strictSame(seen.messages.map(statusOf), [statusAt[where], 200])
    const [first] = app.messages()
    if (where !== 'public') t.equal(first?.start, 'GET /public/last HTTP/1.1')
    else {
      t.equal(first?.start, `GET ${sent} HTTP/1.1`, 'byte for byte')
      t.strictSame(valuesOf(first, 'host'), [host])
      t.match(containerPath(sent), /^\/(?:public(?:\/|$)|index\.html$)/)
    }
    unambiguous(t, app)
  },
})

/** Path tricks (security.md 1): what was matched is what is sent, or nothing is. */
export const paths: readonly Case[] = [
  ...targets.map(([target, where]) => goesTo(target, where)),
  ...absolute.map(([target, where, sent, host]) => goesTo(target, where, sent, host)),
  ...impossible.map(([title, target]) =>
    refused(`a target with ${title}`, request(`GET ${target}`), [400, 404]),
  ),
  probe(
    'no spelling that a container folds leads from the public part to another',
    async (t, stage) => {
      await everySpelling(stage)
      const { app } = stage
      t.ok(app.messages().length > 100, `${app.messages().length} of the spellings are public`)
      for (const { start } of app.messages()) {
        const [, target = ''] = start.split(' ')
        if (!/^\/public(?:\/|$)/.test(containerPath(target))) t.fail(target)
      }
      unambiguous(t, app)
    },
  ),
  probe('a target of 60 KB ends with a status', async (t, { port, app }) => {
    const { messages } = await talk(port, request(`GET /public/${'a'.repeat(60_000)}`))
    t.strictSame(messages.map(statusOf), [431])
    t.equal(app.text(), '')
  }),
  probe('10,000 dots and slashes are folded in one go', async (t, { port, app }) => {
    for (const [target, status] of [
      [`/public/${'a/../'.repeat(2000)}b`, 200],
      [`/public/${'./'.repeat(5000)}b`, 200],
      [`/public/${';'.repeat(10_000)}`, 200],
      [`/public/${'%2e'.repeat(3000)}`, 200],
      [`/public/${'../'.repeat(3000)}b`, 400],
    ] as const) {
      const { messages } = await talk(port, request(`GET ${target}`, 'Connection: close'))
      t.strictSame(messages.map(statusOf), [status])
    }
    unambiguous(t, app)
  }),
  served('OPTIONS of a path is one for the server', request('OPTIONS /public/a'), {
    start: 'OPTIONS /public/a',
    status: 200,
  }),
].map(each => (each.title.startsWith('OPTIONS') ? onPublic(each) : each))

/** The request behind the case has to be for the public part, too. */
function onPublic(each: Case): Case {
  return {
    ...each,
    run: async (t, { port, app }) => {
      const { messages } = await talk(port, request('OPTIONS /public/a', 'Connection: close'))
      t.strictSame(messages.map(statusOf), [200])
      t.equal(app.messages()[0]?.start, 'OPTIONS /public/a HTTP/1.1')
    },
  }
}

const ups = [
  '..',
  '.%2e',
  '%2e.',
  '%2E%2e',
  '..;',
  '..;a=b',
  '%2e%2e;x',
  '%252e%252e',
  '...',
  '.',
  ';',
  '..%3b',
]
const before = ['/', '/./', '/x;y/%2e%2e/']
const after = ['/', '//', '/./', '/;/', '/;x/']
const names = ['admin', '%61dmin;x', 'public']

/** Every way to write a climb and a descent, over one connection. */
const everySpelling = async ({ port }: Stage): Promise<void> => {
  const list = ['/public', '/public/x', '/%70ublic;a'].flatMap(start =>
    before.flatMap(one =>
      ups.flatMap(up =>
        after.flatMap(two => names.map(name => `${start}${one}${up}${two}${name}/y`)),
      ),
    ),
  )
  const pieces = list.map(target => request(`GET ${target}`))
  await talk(port, [...pieces, request('GET /public/end', 'Connection: close')])
}

/** Mapping defaults, and the trust in a host (security.md 1). */
export const mapping: readonly Case[] = [
  ...['/', '/x', '/publi', '/favicon.ico', '/*', '/jk-status', '/_wsrouter'].map(target =>
    probe(
      `CVE-2023-41081: ${target}, which no route names, is for no server`,
      async (t, { port, app }) => {
        const { messages } = await talk(port, request(`GET ${target}`, 'Connection: close'))
        t.strictSame(messages.map(statusOf), [404])
        t.equal(app.text(), '')
      },
    ),
  ),
  probe('OPTIONS * is for no server', async (t, { port, app }) => {
    const { messages } = await talk(port, request('OPTIONS *', 'Connection: close'))
    t.strictSame(messages.map(statusOf), [404])
    t.equal(app.text(), '')
  }),
]

const hostLines: readonly (readonly [host: string, status: number])[] = [
  ['shop.example', 200],
  ['SHOP.Example', 200],
  ['shop.example.', 200],
  ['shop.example:80', 200],
  ['shop.example:', 200],
  ['shop.example:81', 404],
  ['shop.example..', 404],
  ['xshop.example', 404],
  ['shop.examplex', 404],
  ['shop.example.evil', 404],
  ['evil', 404],
  ['', 404],
  ['shop.example:80:80', 400],
  ['shop.example:99999', 400],
  ['shop.example:8x', 400],
  ['shop.example:-80', 400],
  ['evil@shop.example', 400],
  ['shop.example@evil', 400],
  ['shop.example/x', 400],
  ['shop.example#x', 400],
  ['shop.example?x', 400],
  ['shop.example\\x', 400],
  ['shop.example evil', 400],
  ['shop.example, evil', 400],
  ['[::1', 400],
  ['::1', 400],
  ['[::1]x', 400],
  ['shop\xe9.example', 400],
  ['<script>', 400],
  ['member7.example', 200],
  ['MEMBER149.EXAMPLE', 200],
  ['member150.example', 404],
]

/** 150 hosts besides the one, to get over any length at which a table changes its kind. */
export const manyHosts = (port: number): PluginConfig => {
  const config = edgeConfig([{ port }])
  const members = Array.from({ length: 150 }, (_, i) => `member${i}.example:80`)
  return {
    ...config,
    uriGroups: [uris('All', ['/*'])],
    virtualHostGroups: [hosts('Hosts', ['shop.example:80', ...members])],
    routes: [route('Cluster', 'Hosts', 'All')],
  }
}

/** Fast path differs from slow path (security.md 1). */
export const fastPaths: readonly Case[] = [
  ...hostLines.map(([host, status]) =>
    probe(
      `CVE-2026-27588: Host ${JSON.stringify(host)} gets ${status}, asked once or twice`,
      async (t, { port, app }) => {
        const head = `GET /a HTTP/1.1\r\nHost: ${host}\r\n`
        const { messages } = await talk(port, `${head}\r\n${head}Connection: close\r\n\r\n`)
        t.strictSame([...new Set(messages.map(statusOf))], [status])
        t.equal(app.messages().length, status === 200 ? 2 : 0)
        for (const message of app.messages()) t.strictSame(valuesOf(message, 'host'), [host])
      },
    ),
  ),
  probe('CVE-2026-55602: a host and a path together are no key', async (t, { port, app }) => {
    for (const [host, path] of [
      ['shop.exampl', '/e/a'],
      ['sho', '/p.example/a'],
      ['example', '/shop.example/a'],
    ]) {
      const { messages } = await talk(
        port,
        `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      )
      t.strictSame(messages.map(statusOf), [404])
    }
    t.equal(app.text(), '')
  }),
  probe('every index of the router agrees with a plain walk of the table', async t => {
    const config = {
      ...publicAndAdmin(80),
      virtualHostGroups: [hosts('Hosts', ['*:80', 'shop.example:*', '[::1]:81'])],
    }
    const fast = createRouter(config, { random: () => 0 })
    for (const target of [...targets, ...absolute].map(([each]) => each)) {
      for (const host of [
        'shop.example',
        'SHOP.example:81',
        'other:80',
        'other:82',
        '[::1]:81',
        'a b',
        undefined,
      ]) {
        const head = { method: 'GET', target, scheme: 'http' as const, host }
        // Anew for each request: it has nothing to remember.
        const slow = createReferenceRouter(config, { random: () => 0 }).route(head)
        for (let turn = 0; turn < 2; turn++) {
          const { step } = fast.route(head)
          const { step: walked } = slow
          const cluster = (each: object) => ('cluster' in each ? each.cluster : undefined)
          if (step.kind !== walked.kind || cluster(step) !== cluster(walked)) {
            t.strictSame(step, walked, `${host} ${target}`)
          }
        }
      }
    }
    t.pass('all of them')
  }),
]

/** Bytes of a client that would do harm in a page or in a Location. */
const evil = ['"><script>alert(1)</script>', 'http://evil.example/', "'-alert(1)-'", '&lt;evil']

/** Open redirect and host trust (security.md 1): no page of ours is made from what a client says. */
export const pages: readonly Case[] = [
  ...[
    ['400', 'GET /public/%zz', 400],
    ['404', 'GET /nothing', 404],
    ['500', 'GET /admin/x', 500],
  ].flatMap(([title, start, status]) =>
    evil.map(text =>
      probe(`a page for ${title} says nothing of ${text}`, async (t, { port }) => {
        const escaped = encodeURIComponent(text).replaceAll('%2F', '.')
        const seen = await talk(
          port,
          request(
            `${start}?${escaped}`,
            `Referer: ${text}`,
            `X-Forwarded-Host: ${text}`,
            `User-Agent: ${text}`,
            `Accept: text/html;${text}`,
            'Connection: close',
          ),
        )
        t.strictSame(seen.messages.map(statusOf), [status])
        for (const trace of [
          'script',
          'evil',
          'alert',
          'Location',
          '127.0.0.1',
          'm1',
          'Admin',
          'Cluster',
        ]) {
          t.notOk(seen.text.includes(trace), trace)
        }
      }),
    ),
  ),
  ...['evil.example', '<script>', 'evil.example:80@edge.example'].map(host =>
    probe(`a Host of ${host} is in no page and no Location of ours`, async (t, { port }) => {
      for (const target of [
        '/',
        '//evil.example/',
        '/public',
        '/admin',
        '/%zz',
        `http://${host}/x`,
      ]) {
        const { text } = await talk(
          port,
          `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
        )
        // The server of the test says which target it was asked for.
        const ours = text.replace(/\r\n\r\n\/public$/, '')
        t.notMatch(ours, /evil|script|^location:/im)
      }
    }),
  ),
  probe('a Location of the server is passed on as it is', async (t, { port, app }) => {
    app.answer = (_, socket) => {
      socket.write(
        'HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example/x\r\nContent-Length: 0\r\n\r\n',
      )
    }
    const { messages } = await talk(
      port,
      request('GET /public/a', 'Connection: close', 'X-Forwarded-Host: evil'),
    )
    t.strictSame(valuesOf(messages[0], 'location'), ['http://elsewhere.example/x'])
  }),
  probe('the query of a request is no part of a page', async (t, { port }) => {
    const { text } = await talk(
      port,
      last.replace('/last', '/nothing?<b>marker</b>').replace('<b>', '%3Cb%3E'),
    )
    t.notMatch(text, /marker/)
  }),
]
