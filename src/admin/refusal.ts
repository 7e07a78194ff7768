/** A request to the admin endpoint that is not done; the message is for the person who asked. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  /** HTTP status of the answer, 400 or more. */
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.headers = headers
  }
}
