/** How bad a finding is: the configuration cannot be used, it will misbehave, or it is worth knowing. */
export type Severity = 'error' | 'warning' | 'note'

/** One finding about a plugin-cfg.xml. Plain data. */
export interface Diagnostic {
  readonly severity: Severity
  /** `L01` to `L67` as listed in plugin-cfg.md §7; `X..` for what that list does not have. Stable. */
  readonly code: string
  /** As given to the reader; absent for text that came from nowhere. */
  readonly file?: string
  /** From 1. Lines end with LF, CRLF or CR. */
  readonly line: number
  /** From 1, in UTF-16 code units; a tab counts as one. Points at the attribute itself where one is at fault. */
  readonly column: number
  /** Where it is, such as `Config/ServerCluster[Shop]/Server[m1]@CloneID`. Empty for the text as a whole. */
  readonly path: string
  /** What was found. */
  readonly message: string
  /** What the plug-in, or this router in its place, does about it. */
  readonly effect: string
  /** What to write instead. */
  readonly advice: string
}

/** Whether a configuration with these findings can be used: none of them is an error. */
export const isUsable = (diagnostics: readonly Diagnostic[]): boolean =>
  !diagnostics.some(diagnostic => diagnostic.severity === 'error')

/**
 * A finding as text: `file:line:column severity code message`, then what happens and what to write, each indented on a
 * line of its own. Without a file name the line begins with `line:column`.
 */
export const renderDiagnostic = (diagnostic: Diagnostic): string => {
  const { file, line, column, severity, code, path, message, effect, advice } = diagnostic
  const place = `${file === undefined ? '' : `${file}:`}${line}:${column}`
  const lines = [`${place} ${severity} ${code} ${message}`]
  if (path !== '') lines.push(`    at ${path}`)
  if (effect !== '') lines.push(`    effect: ${effect}`)
  if (advice !== '') lines.push(`    advice: ${advice}`)
  return lines.join('\n')
}

const shown = 80

/**
 * A piece of the file inside double quotes: cut after 80 characters, with everything escaped that could play tricks on
 * a terminal.
 */
export const quote = (text: string): string => {
  const cut = text.length > shown ? `${text.slice(0, shown)}…` : text
  return JSON.stringify(cut).replace(unprintable, escapeCharacter)
}

/** Same without quotes, for element paths. */
export const plain = (text: string): string => {
  const cut = text.length > shown ? `${text.slice(0, shown)}…` : text
  return cut.replace(unprintable, escapeCharacter)
}

// Control characters, and the format characters that reorder or hide text.
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu

const escapeCharacter = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
