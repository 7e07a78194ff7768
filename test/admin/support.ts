import type { Test } from 'tap'
import { type Admin, startAdmin } from '../../src/admin/admin.ts'
import type { AdminOptions } from '../../src/admin/options.ts'
import type { Edge } from '../../src/edge/edge.ts'
import { type Answer, ask } from '../support/loopback.ts'

/** Long enough to be one. */
export const token = 'token-of-the-test'

/** An admin endpoint that ends with the test. */
export const adminOf = async (t: Test, edge: Edge, options: AdminOptions = {}): Promise<Admin> => {
  const admin = await startAdmin(edge, options)
  t.teardown(() => admin.close())
  return admin
}

/** What the endpoint answers. */
export const told = (answer: Answer): unknown => JSON.parse(answer.body)

/** A POST of JSON. */
export const post = (
  port: number,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> =>
  ask(port, path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })

/** The header that carries the token. */
export const bearer = (text = token): Readonly<Record<string, string>> => ({
  authorization: `Bearer ${text}`,
})
