import { sep } from 'node:path'

/** Why no log can be written to this name, with what to do about it; undefined: it can. */
export const nameProblem = (name: string): string | undefined => {
  if (name === '') {
    return 'nothing is logged, because the configuration has no Log Name; write one, or pass the option file'
  }
  if (name.startsWith('|')) {
    return `Log Name is ${JSON.stringify(name)}, and no program is started to pipe into; write a file path`
  }
  // It would become a file with colons and backslashes in its name, wherever the process stands.
  if (sep === '/' && /^[A-Za-z]:[\\/]/.test(name)) {
    return `Log Name is ${JSON.stringify(name)}, a path of another operating system; write one of this machine`
  }
  return undefined
}
