import { isText, type Key } from './keys.ts'

/** A line of text that is being written. */
export interface Editor {
  readonly text: string
  /** Characters before the cursor. */
  readonly cursor: number
}

/** A line with the cursor at its end. */
export const editorOf = (text: string): Editor => ({ text, cursor: [...text].length })

/** The line after a key; a key that edits nothing leaves it as it is. */
export const edited = (editor: Editor, key: Key): Editor => {
  const characters = [...editor.text]
  const { cursor } = editor
  const cut = (from: number, to: number): Editor => ({
    text: [...characters.slice(0, from), ...characters.slice(to)].join(''),
    cursor: from,
  })
  switch (key) {
    case 'left':
    case 'ctrl-b':
      return { ...editor, cursor: Math.max(0, cursor - 1) }
    case 'right':
    case 'ctrl-f':
      return { ...editor, cursor: Math.min(characters.length, cursor + 1) }
    case 'home':
    case 'ctrl-a':
      return { ...editor, cursor: 0 }
    case 'end':
    case 'ctrl-e':
      return { ...editor, cursor: characters.length }
    case 'backspace':
      return cursor === 0 ? editor : cut(cursor - 1, cursor)
    case 'delete':
    case 'ctrl-d':
      return cut(cursor, cursor + 1)
    case 'ctrl-u':
      return cut(0, cursor)
    case 'ctrl-k':
      return cut(cursor, characters.length)
    case 'ctrl-w': {
      const before = characters.slice(0, cursor).join('')
      return cut([...before.replace(/\S*\s*$/, '')].length, cursor)
    }
    default:
      return isText(key)
        ? {
            text: [...characters.slice(0, cursor), key, ...characters.slice(cursor)].join(''),
            cursor: cursor + 1,
          }
        : editor
  }
}

/** The text with as much added as all choices that begin with it have in common. */
export const completed = (text: string, choices: readonly string[]): string => {
  const fitting = choices.filter(each => each.toLowerCase().startsWith(text.toLowerCase()))
  const [first, ...others] = fitting
  if (first === undefined) return text
  let common = first
  for (const other of others) {
    let length = 0
    while (length < common.length && common[length] === other[length]) length++
    common = common.slice(0, length)
  }
  return common.length >= text.length ? common : text
}
