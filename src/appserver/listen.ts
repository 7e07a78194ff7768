import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Listens; resolves with the port that was taken, rejects with the error of the operating system. */
export const listen = (server: Server, port: number, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
