import { execFile, spawnSync } from 'node:child_process'

/** What curl got, interim answers left out. */
export interface Fetched {
  /** How curl ended; 0: well. */
  readonly exit: number
  /** As curl names it: `1.1` or `2`. */
  readonly version: string
  readonly status: number
  /** Names in lower case, in alphabetical order, those that belong to one connection left out. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** Why curl cannot be used for tests of HTTP/2 here; false: it can. */
export const noCurl = (): string | false => {
  const { stdout, error } = spawnSync('curl', ['--version'], { encoding: 'utf8' })
  if (error !== undefined) return 'there is no curl; install the package curl'
  return /^Features:.*\bHTTP2\b/m.test(stdout) ? false : 'this curl has been built without HTTP/2'
}

/** Runs curl without the settings and proxies of whoever runs the tests. */
export const curl = (args: readonly string[]): Promise<Fetched> =>
  new Promise(resolve => {
    const all = ['-q', '--silent', '--show-error', '--insecure', '--noproxy', '*', '--include']
    execFile(
      'curl',
      [...all, '--write-out', `${mark}%{http_version}`, ...args],
      { encoding: 'latin1', maxBuffer: 64 * 1024 * 1024 },
      (error, stdout) => resolve(read(Number(error?.code ?? 0), stdout)),
    )
  })

/** Before what curl says about the transfer, behind the body. */
const mark = '\n--curl--'

const read = (exit: number, text: string): Fetched => {
  const [answer = '', version = ''] = text.split(mark)
  let rest = answer
  for (;;) {
    const end = rest.indexOf('\r\n\r\n')
    const [line = '', ...fields] = rest.slice(0, Math.max(end, 0)).split('\r\n')
    const status = Number(line.split(' ')[1] ?? 0)
    rest = rest.slice(end + 4)
    if (status >= 200 || end < 0) {
      return { exit, version, status, headers: headersOf(fields), body: rest }
    }
  }
}

const headersOf = (fields: readonly string[]): Fetched['headers'] =>
  fields
    .map(field => {
      const [name = '', value = ''] = field.split(/:\s*(.*)/s)
      return [name.toLowerCase(), value] as const
    })
    .filter(([name]) => !ofOneConnection.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))

const ofOneConnection = new Set(['connection', 'keep-alive', 'date'])
