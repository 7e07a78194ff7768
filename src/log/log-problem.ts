import { dirname } from 'node:path'

/** Why a log cannot be written. */
export interface LogProblem {
  readonly code: /** The file cannot be opened or written; it is tried again. */
    | 'LOG_UNWRITABLE'
    /** The `Log` element names nothing that can be written to. */
    | 'LOG_NAME_UNUSABLE'
  readonly file: string
  /** What was found and what to do about it. */
  readonly message: string
  readonly error?: unknown
}

/** What an error of the operating system means for the log. */
export const unwritable = (file: string, error: unknown): LogProblem => {
  const code = (error as NodeJS.ErrnoException | null)?.code
  const advice = (code === undefined ? undefined : advices[code])?.(file)
  const text = error instanceof Error ? error.message : String(error)
  return {
    code: 'LOG_UNWRITABLE',
    file,
    message: `the log ${file} cannot be written: ${text}${advice === undefined ? '' : `; ${advice}`}`,
    error,
  }
}

const advices: Readonly<Record<string, (file: string) => string>> = {
  ENOENT: file => `make the directory ${dirname(file)}, or write another Log Name`,
  EACCES: file => `allow this process to write to ${file} and ${dirname(file)}`,
  EPERM: file => `allow this process to write to ${file} and ${dirname(file)}`,
  EROFS: () => 'write a Log Name on a disk that can be written to',
  EISDIR: () => 'write the path of a file, not of a directory',
  ENOTDIR: file => `something in ${dirname(file)} is no directory; write another Log Name`,
  ENOSPC: () => 'make room on the disk; lines are dropped until there is some',
  EDQUOT: () => 'make room in the quota; lines are dropped until there is some',
}
