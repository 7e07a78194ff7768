/** An answer that is no refusal, with a status that is perhaps not 200. */
export class Told<Body = unknown> {
  readonly status: number
  readonly body: Body
  /** Content-Type of a body that is text already; absent: it is written as JSON. */
  readonly type: string | undefined

  constructor(status: number, body: Body, type?: string) {
    this.status = status
    this.body = body
    this.type = type
  }
}
