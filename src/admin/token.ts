import { randomBytes } from 'node:crypto'

/** Environment variable that holds the token, so that it need not stand on a command line that others can see. */
export const tokenVariable = 'PLUGIN_CFG_TOKEN'

/** The token that was given, else that of the environment; an empty one is none. */
export const tokenFrom = (
  given: string | undefined,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined => given ?? (environment[tokenVariable] || undefined)

/** A token that nobody guesses. */
export const randomToken = (): string => randomBytes(24).toString('base64url')
