import http from 'node:http'

/* An application server whose downloads are as long as one asks for, and that counts what it gets; its own process. */

const piece = Buffer.alloc(65_536, 'x')

const server = http.createServer((request, response) => {
  if (request.method === 'POST') {
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    request.on('end', () => response.end(String(bytes)))
    return
  }
  const size = Number(new URL(request.url ?? '/', 'http://soak').searchParams.get('size'))
  let left = size
  response.writeHead(200, { 'Content-Length': size })
  const more = (): void => {
    while (left > 0) {
      const chunk = left >= piece.length ? piece : piece.subarray(0, left)
      left -= chunk.length
      if (!response.write(chunk)) {
        response.once('drain', more)
        return
      }
    }
    response.end()
  }
  more()
})

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') process.send?.(address.port)
})
process.on('disconnect', () => process.exit(0))
