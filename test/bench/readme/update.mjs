import { readFileSync, writeFileSync } from 'node:fs'
import { root } from '../places.mjs'
import { savedResults } from '../results.mjs'
import { benchBlock } from './block.mjs'

const begin = '<!-- bench:begin -->\n'
const end = '<!-- bench:end -->'

/** What stands between the two marks; undefined: there are none. */
export const blockIn = text => {
  const from = text.indexOf(begin)
  const to = text.indexOf(end)
  return from < 0 || to < from ? undefined : text.slice(from + begin.length, to)
}

/**
 * The text with another block between the marks.
 *
 * @throws Error when there are no marks
 */
export const withBlock = (text, block) => {
  const old = blockIn(text)
  if (old === undefined) {
    throw new Error(`README.md has no place for the figures: write ${begin.trim()} and ${end}`)
  }
  return text.replace(`${begin}${old}${end}`, () => `${begin}${block}${end}`)
}

/**
 * Writes the figures of the results into the README.
 *
 * @param {(line: string) => void} say
 * @throws Error when it has no place for them
 */
export const updateReadme = say => {
  const file = new URL('README.md', root)
  const text = readFileSync(file, 'utf8')
  const updated = withBlock(text, benchBlock(savedResults()))
  writeFileSync(file, updated)
  say(updated === text ? 'The README is as it should be.' : 'The README has been rewritten.')
}
