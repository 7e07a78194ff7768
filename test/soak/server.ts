import http from 'node:http'

/*
 * One application server of the soak, a process of its own so that it can be killed and frozen. It keeps sessions in the
 * way of WebSphere, says back who asked, and tells its parent which uploads it has carried out.
 */

export interface ServerOrders {
  readonly name: string
  readonly cloneId: string
  /** 0: any. */
  readonly port: number
}

export type ServerMode = 'well' | 'slow' | 'resetting'

/** To the server. */
export type ServerCommand = { readonly mode: ServerMode } | { readonly stop: true }

/** From the server. */
export type ServerNews = { readonly listening: number } | { readonly executed: string }

const orders = JSON.parse(process.argv[2] as string) as ServerOrders
let mode: ServerMode = 'well'
let sessions = 0

const tell = (news: ServerNews): void => {
  process.send?.(news)
}

/** The session of the request, moved here when it lived elsewhere. */
const sessionOf = (cookie: string | undefined): { readonly header?: string } => {
  const [, value] = /(?:^|; )JSESSIONID=([^;]+)/.exec(cookie ?? '') ?? []
  if (value === undefined) {
    const key = `${orders.name}${process.pid}x${++sessions}`
    return { header: `JSESSIONID=0000${key}:${orders.cloneId}; Path=/` }
  }
  const [key, ...clones] = value.split(':')
  if (clones[0] === orders.cloneId) return {}
  return { header: `JSESSIONID=${key}:${orders.cloneId}; Path=/` }
}

const server = http.createServer({ keepAliveTimeout: 5000 }, (request, response) => {
  const marker = String(request.headers['x-marker'])
  let bytes = 0
  let wrong = false
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    // An upload is made of the last character of its marker and of nothing else.
    const expected = marker.charCodeAt(marker.length - 1)
    if (chunk[0] !== expected || chunk.at(-1) !== expected) wrong = true
  })
  request.on('error', () => {})
  request.on('end', () => {
    if (request.method === 'POST') tell({ executed: marker })
    const reset = mode === 'resetting' && Math.random() < 0.5
    if (reset && Math.random() < 0.5) {
      request.socket.resetAndDestroy()
      return
    }
    const answer = (): void => {
      const { header } = sessionOf(request.headers.cookie)
      const size = Number(new URL(request.url ?? '/', 'http://soak').searchParams.get('size') ?? 0)
      const body = `${marker} ${bytes} ${wrong ? 'wrong' : 'right'} ${marker.at(-1)?.repeat(size)}`
      response.writeHead(200, {
        'X-Marker': marker,
        'X-Server': orders.name,
        'Content-Length': Buffer.byteLength(body),
        ...(header !== undefined && { 'Set-Cookie': header }),
      })
      if (!reset) response.end(body)
      else response.write(body.slice(0, body.length / 2), () => request.socket.resetAndDestroy())
    }
    if (mode === 'slow') setTimeout(answer, 200 + Math.random() * 800)
    else answer()
  })
})

process.on('message', (command: ServerCommand) => {
  if ('stop' in command) process.exit(0)
  mode = command.mode
})
process.on('disconnect', () => process.exit(0))
// The port of a server that was killed a moment ago may be taken for a while.
const listen = (): void => {
  server.listen(orders.port, '127.0.0.1')
}
server.on('error', () => setTimeout(listen, 50))
server.on('listening', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') tell({ listening: address.port })
})
listen()
