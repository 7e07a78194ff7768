import { codeOf } from './outcome.ts'

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of its path is not a directory',
  ENOTFOUND: 'the name is unknown',
  EAI_AGAIN: 'the name server does not answer',
}

/** Why something that belongs to a configuration cannot be had, for people; codes of OpenSSL and ours say less than their text. */
export const reasonOf = (error: unknown): string => {
  const code = codeOf(error)
  const { message } = error as { readonly message?: unknown }
  const known = code === undefined ? undefined : reasons[code]
  if (known !== undefined) return known
  const plain = code !== undefined && /^E[A-Z]+(?:_[A-Z]+)?$/.test(code) && !code.startsWith('ERR_')
  return plain ? code : String(message ?? error)
}
