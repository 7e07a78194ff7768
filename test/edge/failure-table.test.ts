import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { authority } from '../support/certificates.ts'
import { type Case, cases, faults, nameOf, textOf, timesOut } from './failure-table/cases.ts'
import { predict } from './failure-table/predict.ts'
import { openStage } from './failure-table/stage.ts'

/*
 * Every row F1 to F18 crossed with what the rules make a difference by, on real sockets, against a table that was made
 * from the rules (`npx tap --snapshot test/edge/failure-table.test.ts` makes it anew) and reviewed.
 */

const file = new URL('failure-table/table.txt', import.meta.url)
const lineOf = (each: Case, result: string): string => `${nameOf(each)}  |  ${result}`.trimEnd()

/** F17: without another server the configuration is refused, and there is nothing to ask. */
const playable = cases.filter(each => each.fault !== 'F17 unresolvable' || each.servers > 1)

t.test('the table says what the rules say', async t => {
  const table = `${playable.map(each => lineOf(each, textOf(predict(each)))).join('\n')}\n`
  if (process.env.TAP_SNAPSHOT === '1') await writeFile(file, table)
  t.equal(await readFile(file, 'utf8'), table)
})

for (const fault of faults) {
  t.test(`${fault}: real servers and clients, as the table says`, async t => {
    const lines = (await readFile(file, 'utf8')).split('\n')
    const files = t.testdir({ 'signers.pem': authority })
    const stage = await openStage(t, join(files, 'signers.pem'))
    const mine = playable.filter(each => each.fault === fault)
    t.ok(mine.length > 10, `${mine.length} cases`)
    const wrong: string[] = []
    // Several at a time, and many of those that spend their time waiting.
    const atOnce = timesOut(fault) || fault === 'F2 connect-timeout' ? 32 : 8
    const queue = [...mine]
    const worker = async (): Promise<void> => {
      for (let each = queue.shift(); each !== undefined; each = queue.shift()) {
        const got = lineOf(each, textOf(await stage.play(each)))
        if (!lines.includes(got)) wrong.push(got)
      }
    }
    await Promise.all(Array.from({ length: atOnce }, worker))
    t.strictSame(wrong, [])
  })
}
