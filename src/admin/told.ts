/** An answer that is no refusal, with a status that is perhaps not 200. */
export class Told<Body = unknown> {
  readonly status: number
  readonly body: Body

  constructor(status: number, body: Body) {
    this.status = status
    this.body = body
  }
}
