import net from 'node:net'

/**
 * A port that a program can be told to listen on, with as many free ones behind it as asked for. It lies outside the range
 * from which the kernel chooses ports for everybody else, who might otherwise get it first.
 */
export const freePort = async (neighbours = 0): Promise<number> => {
  for (;;) {
    const first = next
    next = first + neighbours + 1 > last ? lowest : first + neighbours + 1
    const tries = Array.from({ length: neighbours + 1 }, (_, i) => isFree(first + i))
    if (!(await Promise.all(tries)).includes(false)) return first
  }
}

const lowest = 12_000
const last = 32_000

/** Test files that run at the same time begin in different places. */
let next = lowest + ((process.pid * 37) % (last - lowest - 10))

const isFree = (port: number): Promise<boolean> => {
  const server = net.createServer()
  return new Promise(resolve => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
