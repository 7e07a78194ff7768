import { writeFile } from 'node:fs/promises'
import { dirname, relative, resolve, sep } from 'node:path'
import type { Scenario } from '../simulate/scenario.ts'
import { CommandError } from './command.ts'

/**
 * Writes a scenario that `plugin-cfg simulate` replays.
 *
 * @param replace whether a file that exists may be overwritten.
 * @throws CommandError with what to do about a file that exists or cannot be written.
 */
export const saveScenario = async (
  scenario: Scenario,
  file: string,
  replace: boolean,
): Promise<void> => {
  try {
    await writeFile(file, `${JSON.stringify(scenario, null, 2)}\n`, { flag: replace ? 'w' : 'wx' })
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') throw new FileExists(file)
    throw new CommandError(
      `cannot write ${JSON.stringify(file)}: ${reasons[code] ?? message}; write another name`,
    )
  }
}

/** There is a file of that name already. */
export class FileExists extends CommandError {
  readonly file: string

  constructor(file: string) {
    super(`${JSON.stringify(file)} exists; write replace ${file}, or another name`)
    this.file = file
  }
}

/** The path of a configuration as a scenario in this file names it: from there, with slashes on every system. */
export const relativeTo = (file: string, configFile: string): string =>
  relative(dirname(resolve(file)), resolve(configFile))
    .split(sep)
    .join('/')

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EROFS: 'the disk can only be read',
  ENOSPC: 'the disk is full',
  ENAMETOOLONG: 'the path is too long',
}
