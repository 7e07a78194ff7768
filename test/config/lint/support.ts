import t from 'tap'
import { change, type Firing, found, pointedAt, type Quiet } from '../support.ts'

/** Runs tables of mistakes and of things close to them. */
export const lintTests = (firing: readonly Firing[], quiet: readonly Quiet[]): void => {
  for (const [title, code, changes, pointsAt, path] of firing) {
    t.test(`${code} ${title}`, async t => {
      const xml = change(...changes)
      const findings = found(xml, code)
      t.equal(findings.length, 1)
      const [finding] = findings
      if (finding === undefined) return
      t.equal(pointedAt(xml, finding, pointsAt.length), pointsAt)
      t.equal(finding.path, path)
      for (const text of [finding.message, finding.effect, finding.advice]) t.not(text, '')
    })
  }
  for (const [title, code, changes] of quiet) {
    t.test(`no ${code}: ${title}`, async t => {
      t.same(found(change(...changes), code), [])
    })
  }
}
