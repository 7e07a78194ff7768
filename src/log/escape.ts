/**
 * What others have written, made safe for one line of the log.
 *
 * Three things must not be possible: ending the line, hiding or reordering its text, and beginning a record in the middle
 * of it. The last because old levels of the plug-in put two records on one line, so that readers of its log split
 * wherever something looks like `[time] pid tid` (routing.md 10.1).
 */
export const safe = (text: string): string =>
  troublesome.test(text) ? text.replace(everyTrouble, escapeUnits) : text

/** The same between apostrophes, which cannot be closed from within. */
export const quoted = (text: string): string => `'${safe(text).replaceAll("'", '\\u0027')}'`

// The bracket of a time, by the two words that follow it.
const trouble = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]|\](?=\s+\S)/u
const troublesome = new RegExp(trouble, 'u')
const everyTrouble = new RegExp(trouble, 'gu')

/** Every UTF-16 unit of the text as an escape that JSON understands too. */
export const escapeUnits = (text: string): string =>
  Array.from({ length: text.length }, (_, i) => {
    const unit = text.charCodeAt(i).toString(16).padStart(4, '0')
    return `\\u${unit}`
  }).join('')
