/** The text of test/README.md. */
import { type Proofs, proofsByRule } from './proofs.ts'
import { isWeak, type Rule, type RuleGroup } from './rule.ts'
import type { TestTitle } from './titles.ts'

export interface PageInput {
  readonly groups: readonly RuleGroup[]
  readonly titles: readonly TestTitle[]
  /** Names of the scripts in package.json. */
  readonly scripts: readonly string[]
  /** Folders below test/. */
  readonly folders: readonly string[]
}

export const renderPage = ({ groups, titles, scripts, folders }: PageInput): string => {
  const proofs = proofsByRule(titles)
  const rules = groups.flatMap(group => group.rules)
  return `${[
    '# What the tests prove',
    '',
    'Written by `npm run rules` from the rules in `test/rules/lists` and the titles of all tests; a',
    'test keeps it in step.',
    '',
    intro,
    '',
    '## How to run them',
    '',
    ...table([
      ['Command', 'Does'],
      ...commands
        .filter(([name]) => name.startsWith('npx') || scripts.includes(scriptOf(name)))
        .map(([name, does]) => [`\`${name}\``, does]),
    ]),
    '',
    ...table([
      ['Variable', 'Of', 'Means'],
      ...variables.map(([name, ...rest]) => [`\`${name}\``, ...rest]),
    ]),
    '',
    ...table([
      ['Folder', 'Holds'],
      ...purposes
        .filter(([name]) => folders.includes(name))
        .map(([name, holds]) => [`\`${name}/\``, holds]),
    ]),
    '',
    '## Which test proves which rule',
    '',
    legend,
    '',
    ...groups.flatMap(group => renderGroup(group, proofs)),
    '## Changes that no test notices',
    '',
    mutation,
    '',
    '## Rules without a test',
    '',
    ...untestedLines(rules, proofs),
    '',
    '## What to check on a real plug-in',
    '',
    real,
    '',
    ...table([
      ['Rule', 'Rests on', 'We hold that', 'Look at'],
      ...rules
        .filter(rule => isWeak(rule) && rule.observe !== undefined)
        .map(rule => [rule.id, rule.evidence.join(' '), rule.text, rule.observe ?? '']),
    ]),
    '',
    'For these there is nothing more to look at:',
    '',
    ...rules
      .filter(rule => isWeak(rule) && rule.ours !== undefined)
      .map(rule => `- ${rule.id}: ${rule.ours}`),
  ].join('\n')}\n`
}

const renderGroup = (
  { title, rules }: RuleGroup,
  proofs: ReadonlyMap<string, Proofs>,
): string[] => [
  `### ${title}`,
  '',
  ...table([
    ['Rule', 'Says', 'Rests on', 'Tests'],
    ...rules.map(rule => [
      rule.id,
      rule.text,
      rule.evidence.join(' '),
      testsOf(proofs.get(rule.id)),
    ]),
  ]),
  '',
]

const testsOf = (proofs: Proofs | undefined): string => {
  const own = [...(proofs?.tests ?? [])].map(([file, count]) => {
    const path = file.replace(/^test\//, '')
    return `[${path.replace(/\.test\.ts$/, '')}](${path}) ${count}`
  })
  const compared = [...(proofs?.ofReference.values() ?? [])].reduce((sum, count) => sum + count, 0)
  const all = [own.length === 0 ? 'none' : own.join(', ')]
  if (compared > 0) all.push(`reference ${compared}`)
  return all.join('; ')
}

const untestedLines = (rules: readonly Rule[], proofs: ReadonlyMap<string, Proofs>): string[] =>
  rules
    .filter(({ id }) => (proofs.get(id)?.tests.size ?? 0) === 0)
    .map(({ id, untested }) => `- ${id}: ${untested ?? 'no reason given'}`)

const table = (rows: readonly (readonly string[])[]): string[] => {
  const [head = [], ...body] = rows.map(cells => cells.map(cell => cell.replaceAll('|', '\\|')))
  return [head, head.map(() => '---'), ...body].map(cells => `| ${cells.join(' | ')} |`)
}

const scriptOf = (command: string): string => /^npm (?:run )?(\S+)/.exec(command)?.[1] ?? ''

const intro = `The router re-implements a program whose source is not public. What is known of that program has
been collected as numbered rules, each with what it rests on, and tests carry the numbers of the
rules they prove in their titles. There is more than one kind of proof: tests of a rule; a second
router in \`support/reference\`, written from the rules alone and as plainly as they are, which
must agree with the first in every step of random lives of random configurations; and, where a
public log or text shows a rule at work, the facts recorded there.`

const legend = `What a rule rests on: **D** an IBM text says it; **L** a posted log or trace shows it; **S** the
source of a generator or a real file shows it; **I** inferred, the smallest rule that fits the
rest, or a decision of ours where nothing is known; **R** recalled, widely told but not found in
print. Steps P0 to P13 carry the marks of what they rest on. The number behind a file is that of
its tests; behind "reference", that of the tests of the second router. Numbers with \`format\`
belong to the format of the file, those with \`8.4\` to the notes for one process, plain \`2.4\`
and the like are whole tables of the routing rules, \`L01\` to \`L67\` are the findings of
\`plugin-cfg check\`. Texts in these tables are ours, not IBM's.`

const real = `Rules marked I or R may turn out otherwise on IBM's module. Whoever has one can find out: set
\`LogLevel="Trace"\`, do what the last column says, and compare \`http_plugin.log\` with
\`plugin-cfg explain\` on the same file.`

const commands: readonly (readonly [string, string])[] = [
  ['npm test', 'all tests'],
  ['npx tap test/core/exchange.test.ts', 'one file'],
  ['npm run test:fuzz', 'the fuzz tests with 100,000 inputs; the ordinary run has a few thousand'],
  ['npm run test:million', 'the two routers against each other for a million steps'],
  [
    'npm run test:mutation',
    'changes the core in small ways, one at a time, and counts the changes no test notices',
  ],
  ['npm run rules', 'writes this page anew'],
]

const variables: readonly (readonly [string, string, string])[] = [
  [
    'AGREEMENT_STEPS',
    '`core/agreement.property.test.ts`',
    'how many steps at least; default 100000',
  ],
  ['AGREEMENT_SECONDS', 'the same', 'seconds of CPU at most; default 60'],
  [
    'AGREEMENT_SEED',
    'the same',
    'where to begin; a failure prints the seed that shows it again. Default: the time',
  ],
  [
    'AGREEMENT_TRACE',
    'the same',
    '`facts` compares more of every record; default: kind, server and what was decided',
  ],
  ['FUZZ_INPUTS', '`fuzz/*.test.ts`', 'how many inputs in all; default 4000'],
  ['FUZZ_SEED', 'the same', 'where to begin; printed by every run. Default: the time'],
]

const mutation = `\`npm run test:mutation\` changes \`src/core\` one small thing at a time and counts the changes
that no test in \`core/\` notices; the random worlds take no part. It fails below 90 %, and also when a
change survives that \`mutation/survivors.ts\` does not explain, or one explained there no longer
survives. The last full run: 3,022 changes, 96.4 % noticed, the other 108 explained. The report is
\`.mutation/report.html\`; one module: \`npm run test:mutation -- --mutate src/core/lists.ts\`.`

const purposes: readonly (readonly [string, string])[] = [
  ['config', 'the reader of plugin-cfg.xml and its findings'],
  ['core', 'the decisions, on a clock that the test moves; no sockets'],
  ['driver', 'one attempt over a real connection'],
  ['edge', 'whole requests through a real server, loopback only'],
  ['simulate', 'scenarios: the format, the virtual network, the expectations'],
  ['corpus', 'real files, where they lie beside the repository: findings, routes, route tables'],
  ['facts', 'what public logs and texts show, as scenarios'],
  [
    'mutation',
    'how the tests of the core are run against changed sources, and which changes are known to show nowhere',
  ],
  ['debug', 'records and tables as text'],
  ['cli', 'the commands'],
  ['demo', 'what `npm start` shows'],
  ['appserver', 'the application servers of the demo'],
  [
    'reference',
    'the second router: that it is what the rules say, and that it finds planted mistakes',
  ],
  ['fuzz', 'damaged files and hostile requests: no exception, no hang, time in step with size'],
  ['rules', 'this page'],
  ['support', 'what tests share, and the second router itself'],
]
