import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import http2 from 'node:http2'
import https from 'node:https'
import { json } from 'node:stream/consumers'
import type { ConnectionOptions } from 'node:tls'
import t, { type Test } from 'tap'
import { createEdge } from '../../src/edge/edge.ts'
import { issue } from '../support/certificate-maker.ts'
import {
  authority,
  clientCertificate,
  clientKey,
  serverCertificate,
  serverKey,
} from '../support/certificates.ts'
import { edgeConfig } from '../support/edge-config.ts'
import { listen, origin } from '../support/loopback.ts'

/** What real TLS clients show of themselves arrives in the private headers, and what they only claim does not. */

type Fields = Readonly<Record<string, string | undefined>>

/** An edge with TLS that asks clients for a certificate; the server behind it answers with its private headers. */
const edgeWithTls = async (t: Test): Promise<number> => {
  const server = await origin(t, (request, response) => {
    const fields = Object.entries(request.headers).filter(([name]) => /^(?:\$|_)ws/.test(name))
    response.end(JSON.stringify(Object.fromEntries(fields)))
  })
  const edge = await createEdge({
    config: edgeConfig([{ port: server.port }], { settings: { useInsecure: true } }),
  })
  t.teardown(() => edge.close())
  const host = http2.createSecureServer(
    {
      ...{ allowHTTP1: true, cert: serverCertificate, key: serverKey, ca: authority },
      ...{ requestCert: true, rejectUnauthorized: false },
    },
    edge.handler,
  )
  return listen(t, host)
}

const forged = {
  ...{ $WSCC: 'Zm9yZ2Vk', $WSCS: 'NULL', $WSSI: 'f00d', $WSIS: 'false', $WSSC: 'http' },
  ...{ $WSRU: 'root', $WSAT: 'CLIENT_CERT', $WSRA: '6.6.6.6', $wskeysize: '4096', _WSCC: 'x' },
}

const http1 = async (port: number, options: https.RequestOptions): Promise<Fields> => {
  const request = https.get({
    ...{ host: '127.0.0.1', port, path: '/', servername: 'localhost', ca: authority },
    ...{ agent: false, headers: forged, ...options },
  })
  const [response] = await once(request, 'response')
  return (await json(response)) as Fields
}

const overHttp2 = async (port: number, options: ConnectionOptions): Promise<Fields> => {
  const session = http2.connect(`https://localhost:${port}`, {
    ...{ ca: authority, host: '127.0.0.1', ...options },
  })
  const lower = Object.entries(forged).map(([name, value]) => [name.toLowerCase(), value])
  const fields = await json(session.request({ ':path': '/', ...Object.fromEntries(lower) }))
  session.close()
  return fields as Fields
}

const identity = { cert: clientCertificate, key: clientKey }

for (const [name, ask] of [
  ['HTTP/1.1', http1],
  ['HTTP/2', overHttp2],
] as const) {
  t.test(
    `${name}: certificate, cipher and session of the client are those of its connection`,
    async t => {
      const port = await edgeWithTls(t)
      const fields = await ask(port, identity)
      t.strictSame(
        Buffer.from(fields.$wscc ?? '', 'base64'),
        new X509Certificate(clientCertificate).raw,
        '$WSCC is the certificate, base64 of its DER',
      )
      t.match(fields, { $wsis: 'true', $wssc: 'https', $wsra: '127.0.0.1', $wscs: /^TLS_\w+$/ })
      t.match(fields.$wssi, /^[0-9a-f]{64}$/)
      const other = await ask(port, identity)
      t.not(other.$wssi, fields.$wssi, 'another connection, another session')
    },
  )

  t.test(
    `${name}: a client without a certificate, or with one that nobody signed, has none`,
    async t => {
      const port = await edgeWithTls(t)
      const own = issue('the client', null)
      for (const options of [{}, { cert: own.pem, key: own.keyPem }]) {
        const fields = await ask(port, options)
        t.match(fields, { $wsis: 'true', $wssc: 'https', $wsra: '127.0.0.1' })
        for (const field of ['$wscc', '$wsru', '$wsat', '$wskeysize', '_wscc']) {
          t.equal(fields[field], undefined, field)
        }
      }
    },
  )

  t.test(`${name}: the cipher is the one that was agreed on`, async t => {
    const port = await edgeWithTls(t)
    const fields = await ask(port, {
      ...{ ...identity, maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' },
    })
    t.equal(fields.$wscs, 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384')
    t.ok(fields.$wscc)
  })
}
