import http from 'node:http'

/** What a client found wrong with an answer. */
export interface Complaint {
  readonly marker: string
  readonly what: 'foreign answer' | 'broken upload' | 'session moved' | 'failed'
  readonly detail: string
}

export type RequestKind = 'page' | 'large page' | 'small upload' | 'large upload' | 'leaver'

/** What a client saw of one request. */
export interface Seen {
  readonly marker: string
  readonly kind: RequestKind
  readonly startedAt: number
  /** 0: the connection ended before an answer or within it. */
  readonly status: number
  readonly server: string | undefined
  /** The server that the session named when the request was sent. */
  readonly sessionAt: string | undefined
}

export interface Town {
  readonly port: number
  readonly random: () => number
  readonly saw: (seen: Seen) => void
  readonly complain: (complaint: Complaint) => void
}

const thinkMs = 250

/** The large upload is larger than the PostBufferSize of the configuration, and so cannot be sent twice. */
const uploadBytes: Readonly<Record<RequestKind, number>> = {
  page: 0,
  'large page': 0,
  'small upload': 2000,
  'large upload': 200_000,
  leaver: 0,
}

/** Somebody with one connection and one session, who asks again and again until told to stop. */
export class Client {
  readonly #name: string
  readonly #town: Town
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  #cookie: string | undefined
  #count = 0
  #stopped = false

  constructor(name: string, town: Town) {
    this.#name = name
    this.#town = town
  }

  stop(): void {
    this.#stopped = true
  }

  async live(): Promise<void> {
    while (!this.#stopped) {
      await this.#ask()
      await new Promise(resolve => setTimeout(resolve, this.#town.random() * 2 * thinkMs))
    }
    this.#agent.destroy()
  }

  #kind(): RequestKind {
    const draw = this.#town.random()
    if (draw < 0.78) return 'page'
    if (draw < 0.84) return 'large page'
    if (draw < 0.92) return 'small upload'
    return draw < 0.96 ? 'large upload' : 'leaver'
  }

  /** Settles when the answer has ended, however it did. */
  #ask(): Promise<void> {
    return new Promise(resolve => this.#exchange(resolve))
  }

  #exchange(settled: () => void): void {
    const kind = this.#kind()
    // The last letter is that of the client, and bodies are made of it.
    const marker = `${this.#name}-${++this.#count}-${letterOf(this.#name)}`
    const sessionAt = /:([^;:]+)$/.exec(this.#cookie ?? '')?.[1]
    const startedAt = Date.now()
    const upload = uploadBytes[kind]
    let over = false
    const done = (status: number, server?: string): void => {
      if (over) return
      over = true
      this.#town.saw({ marker, kind, startedAt, status, server, sessionAt })
      settled()
    }
    const request = http.request(
      {
        host: '127.0.0.1',
        port: this.#town.port,
        path: `/app/page?size=${kind === 'large page' ? 200_000 : 100}`,
        method: upload === 0 ? 'GET' : 'POST',
        agent: this.#agent,
        headers: {
          'X-Marker': marker,
          ...(upload > 0 && { 'Content-Length': upload }),
          ...(this.#cookie !== undefined && { Cookie: this.#cookie }),
        },
      },
      response => {
        const chunks: Buffer[] = []
        response.on('data', chunk => chunks.push(chunk))
        response.on('error', () => done(0))
        response.on('aborted', () => done(0))
        response.on('end', () => {
          this.#check(marker, upload, response, Buffer.concat(chunks).toString('latin1'))
          done(response.statusCode ?? 0, response.headers['x-server'] as string | undefined)
        })
      },
    )
    request.on('error', () => done(0))
    request.on('close', () => done(0))
    if (kind === 'leaver') setTimeout(() => request.destroy(), this.#town.random() * 20)
    request.end(upload === 0 ? undefined : marker.slice(-1).repeat(upload))
  }

  #check(marker: string, upload: number, response: http.IncomingMessage, body: string): void {
    const { statusCode, headers } = response
    if (statusCode !== 200) return
    const [echo, bytes, upright, filler = ''] = body.split(' ')
    if (
      headers['x-marker'] !== marker ||
      echo !== marker ||
      filler !== marker.slice(-1).repeat(filler.length)
    ) {
      const detail = `${headers['x-marker']} ${body.slice(0, 80)}`
      this.#town.complain({ marker, what: 'foreign answer', detail })
    }
    if (Number(bytes) !== upload || upright !== 'right') {
      this.#town.complain({ marker, what: 'broken upload', detail: `${bytes} ${upright}` })
    }
    const [set] = headers['set-cookie'] ?? []
    if (set !== undefined) this.#cookie = set.split(';')[0]
  }
}

const letterOf = (name: string): string =>
  String.fromCharCode(97 + ([...name].reduce((sum, c) => sum + c.charCodeAt(0), 0) % 26))
