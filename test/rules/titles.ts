/**
 * The titles of all tests, read from their source text: the first argument of every `t.test`.
 * Titles that a table fills in are worked out row by row, also where the loop is in a function that
 * the test file imports; a part that only a run could know stays a `…`.
 */
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { constantOf, roundsAround, type Scope, textOf } from './values.ts'

/** One test as it will be reported. */
export interface TestTitle {
  /** Path from the root of the package, with forward slashes. */
  readonly file: string
  readonly title: string
}

/** All tests below a folder, files in alphabetical order, titles in the order of the text. */
export const readTitles = async (folder: string): Promise<TestTitle[]> => {
  const names = (await readdir(folder, { recursive: true })).filter(name => name.endsWith('.ts'))
  const sources = new Map<string, ts.SourceFile>()
  for (const name of names) {
    const path = join(folder, name).replaceAll('\\', '/')
    sources.set(path, parse(await readFile(path, 'utf8')))
  }
  return [...sources.keys()]
    .filter(file => file.endsWith('.test.ts'))
    .sort()
    .flatMap(file => titlesIn(file, sources).map(title => ({ file, title })))
}

/** The titles in the text of one test file that imports no tests. */
export const titlesOf = (text: string): string[] =>
  titlesIn('a.test.ts', new Map([['a.test.ts', parse(text)]]))

const parse = (text: string): ts.SourceFile =>
  ts.createSourceFile('a.ts', text, ts.ScriptTarget.Latest, true)

const titlesIn = (file: string, sources: ReadonlyMap<string, ts.SourceFile>): string[] => {
  const source = sources.get(file) as ts.SourceFile
  const imported = importedTests(source, dirname(file), sources)
  return callsIn(source).flatMap(call => {
    if (isTest(call)) return titlesOfCall(call, new Map())
    const maker = ts.isIdentifier(call.expression) ? imported.get(call.expression.text) : undefined
    if (maker === undefined) return []
    const given = new Map(
      maker.parameters.flatMap((parameter, i): [string, ts.Node][] => {
        const argument = call.arguments[i]
        return ts.isIdentifier(parameter.name) && argument !== undefined
          ? [[parameter.name.text, argument]]
          : []
      }),
    )
    return callsIn(maker).flatMap(inner => (isTest(inner) ? titlesOfCall(inner, given) : []))
  })
}

const callsIn = (root: ts.Node): ts.CallExpression[] => {
  const calls: ts.CallExpression[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) calls.push(node)
    ts.forEachChild(node, visit)
  }
  ts.forEachChild(root, visit)
  return calls
}

const isTest = ({ expression }: ts.CallExpression): boolean =>
  ts.isPropertyAccessExpression(expression) &&
  expression.name.text === 'test' &&
  ts.isIdentifier(expression.expression) &&
  expression.expression.text === 't'

/** Functions of other modules that make tests, by the name under which they are imported. */
const importedTests = (
  source: ts.SourceFile,
  folder: string,
  sources: ReadonlyMap<string, ts.SourceFile>,
): ReadonlyMap<string, ts.ArrowFunction> => {
  const found = new Map<string, ts.ArrowFunction>()
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement)) continue
    const names = statement.importClause?.namedBindings
    if (names === undefined || !ts.isNamedImports(names)) continue
    const path = (statement.moduleSpecifier as ts.StringLiteral).text
    const module = sources.get(join(folder, path).replaceAll('\\', '/'))
    if (module === undefined) continue
    for (const { name, propertyName } of names.elements) {
      const maker = constantOf((propertyName ?? name).text, module)
      if (maker !== undefined && ts.isArrowFunction(maker) && callsIn(maker).some(isTest)) {
        found.set(name.text, maker)
      }
    }
  }
  return found
}

const titlesOfCall = (call: ts.CallExpression, given: Scope): string[] => {
  const title = call.arguments[0]
  if (title === undefined) return []
  return roundsAround(call, given).map(scope => textOf(title, scope))
}
