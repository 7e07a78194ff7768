import { CannotGoOn } from './cannot-go-on.ts'
import { Flight } from './flight.ts'
import { many } from './many.ts'
import { type ImaginedBody, noBody } from './network.ts'
import { forwardedBody, headOf, hostOf, parseUrl, urlProblem } from './request-head.ts'
import type { RequestStep } from './scenario.ts'
import type { World } from './world.ts'

/** Sends the request of a step on its way, with the cookies of its user. */
export const depart = (step: RequestStep, world: World): Flight => {
  const parts = parseUrl(step.request)
  if (parts === undefined) throw new CannotGoOn(urlProblem(step.request), '.request')
  const user = step.as === undefined ? undefined : world.user(step.as)
  const { router } = world
  const body = forwardedBody(step.method, bodyOf(step.body), router.config)
  const own = [...headersNamed(step, 'cookie'), ...many(step.cookie ?? [])]
  for (const header of own) user?.adopt(header)
  const jar = user?.header()
  return new Flight({
    router,
    clock: world.clock,
    user,
    body,
    dialects: world.dialects,
    head: headOf(parts, {
      method: step.method,
      target: step.target,
      host: step.host === undefined ? hostOf(headersNamed(step, 'host')) : step.host,
      cookies: own.length > 0 || jar === undefined ? own : [jar],
      localPort: step.localPort,
      body: body.chunked ? 'unknown' : body.bytes === 0 ? undefined : body.bytes,
    }),
  })
}

const headersNamed = (step: RequestStep, name: string): readonly string[] =>
  Object.entries(step.headers ?? {}).flatMap(([key, value]) =>
    key.toLowerCase() === name ? many(value) : [],
  )

const bodyOf = (body: RequestStep['body']): ImaginedBody => {
  if (body === undefined) return noBody
  if (typeof body === 'number') return { bytes: body, chunked: false, arrives: body }
  const { bytes, chunked = false, arrives = bytes } = body
  if (arrives > bytes) {
    throw new CannotGoOn(
      `arrives is ${arrives}, more than the ${bytes} bytes of the body`,
      '.body.arrives',
    )
  }
  return { bytes, chunked, arrives }
}
