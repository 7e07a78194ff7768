/**
 * A key: one character for a key that writes one, a name of several for the others.
 *
 * Names: enter tab esc backspace delete left right up down home end pageup pagedown, and ctrl-a to ctrl-z.
 */
export type Key = string

/** What a piece of input says, and the beginning of a sequence whose end has not come yet. */
export interface Decoded {
  readonly keys: readonly Key[]
  readonly rest: string
}

/** CSI and SS3 sequences of the keys we know, without their ESC; ECMA-48 5.4 and what xterm sends. */
const sequences: Readonly<Record<string, Key>> = {
  '[A': 'up',
  '[B': 'down',
  '[C': 'right',
  '[D': 'left',
  '[H': 'home',
  '[F': 'end',
  OA: 'up',
  OB: 'down',
  OC: 'right',
  OD: 'left',
  OH: 'home',
  OF: 'end',
  '[1~': 'home',
  '[3~': 'delete',
  '[4~': 'end',
  '[5~': 'pageup',
  '[6~': 'pagedown',
  '[7~': 'home',
  '[8~': 'end',
}

const controls: Readonly<Record<string, Key>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u007f': 'backspace',
  '\b': 'backspace',
}

/**
 * Takes input of a terminal in raw mode apart. Terminals send a sequence in one piece, so that an ESC with nothing
 * behind it is the key; sequences that we do not know are no key at all.
 */
export const decodeKeys = (input: string): Decoded => {
  const keys: Key[] = []
  let at = 0
  while (at < input.length) {
    const character = String.fromCodePoint(input.codePointAt(at) ?? 0)
    if (character !== '\u001b') {
      const key = keyOf(character)
      if (key !== undefined) keys.push(key)
      at += character.length
      continue
    }
    const behind = input.slice(at + 1)
    // Parameter and intermediate bytes, then a final one.
    const [sequence] = /^(?:\[[0-?]*[ -/]*[@-~]|O[@-~])/.exec(behind) ?? []
    if (sequence !== undefined) {
      const key = sequences[sequence]
      if (key !== undefined) keys.push(key)
      at += 1 + sequence.length
    } else if (/^(?:\[[0-?]*[ -/]*|O)$/.test(behind)) {
      return { keys, rest: input.slice(at) }
    } else {
      keys.push('esc')
      at += 1
    }
  }
  return { keys, rest: '' }
}

const keyOf = (character: string): Key | undefined => {
  const control = controls[character]
  if (control !== undefined) return control
  const code = character.codePointAt(0) ?? 0
  if (code >= 1 && code <= 26) return `ctrl-${String.fromCharCode(code + 96)}`
  return code < 32 ? undefined : character
}

/** Whether a key writes a character. */
export const isText = (key: Key): boolean => [...key].length === 1
