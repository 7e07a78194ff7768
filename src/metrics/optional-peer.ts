import { createRequire } from 'node:module'
import { PluginError } from '../errors.ts'

/**
 * Loads a package that only some hosts have.
 *
 * @param what the function that needs it, for the message.
 * @param option the option of that function that takes the package instead.
 * @throws PluginError `OPTION_INVALID` saying what to install.
 */
export const loadPeer = (name: string, what: string, option: string): unknown => {
  try {
    return createRequire(import.meta.url)(name)
  } catch (cause) {
    throw new PluginError(
      'OPTION_INVALID',
      `${what} needs the package ${name}, which cannot be loaded; write npm install ${name}, or pass the package as the option ${option}`,
      { cause },
    )
  }
}
