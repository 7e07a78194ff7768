/** What expressions in the text of a test file amount to, as far as the text alone can tell. */
import ts from 'typescript'

/** What variables of the loops, and parameters, stand for. */
export type Scope = ReadonlyMap<string, ts.Node>

/** One scope for each round of the loops around a test. */
export const roundsAround = (node: ts.Node, given: Scope): Scope[] => {
  let rounds: Scope[] = [given]
  for (let outer = node.parent; outer !== undefined; outer = outer.parent) {
    if (!ts.isForOfStatement(outer) || !ts.isVariableDeclarationList(outer.initializer)) continue
    const name = outer.initializer.declarations[0]?.name
    const elements = elementsOf(outer.expression, given)
    if (name === undefined || elements === null) continue
    rounds = elements.flatMap(element =>
      rounds.map(scope => new Map([...bind(name, element), ...scope])),
    )
  }
  return rounds
}

const bind = (name: ts.BindingName, value: ts.Node): [string, ts.Node][] => {
  if (ts.isIdentifier(name)) return [[name.text, value]]
  return name.elements.flatMap((element, i) => {
    if (ts.isOmittedExpression(element)) return []
    const key = element.propertyName ?? element.name
    const part = ts.isArrayBindingPattern(name)
      ? elementsOf(value, new Map())?.[i]
      : ts.isIdentifier(key)
        ? propertyOf(value, key.text)
        : undefined
    const found = part ?? element.initializer
    return found === undefined ? [] : bind(element.name, found)
  })
}

/** The elements of an array in the text, or of a constant that is one; null when only a run could tell. */
const elementsOf = (node: ts.Node, scope: Scope): readonly ts.Node[] | null => {
  const value = resolve(node, scope)
  if (ts.isArrayLiteralExpression(value)) {
    const parts = value.elements.map(element =>
      ts.isSpreadElement(element) ? elementsOf(element.expression, scope) : [element],
    )
    return parts.some(part => part === null) ? null : parts.flatMap(part => part ?? [])
  }
  if (ts.isCallExpression(value) && value.expression.getText() === 'Object.entries') {
    const table = value.arguments[0] === undefined ? null : resolve(value.arguments[0], scope)
    return table !== null && ts.isObjectLiteralExpression(table) ? table.properties : null
  }
  // A row of Object.entries: its key, then its value.
  if (ts.isPropertyAssignment(value)) return [value.name, value.initializer]
  return null
}

const propertyOf = (node: ts.Node, name: string): ts.Node | undefined => {
  const value = resolve(node, new Map())
  if (!ts.isObjectLiteralExpression(value)) return undefined
  const property = value.properties.find(p => p.name?.getText() === name)
  return property !== undefined && ts.isPropertyAssignment(property)
    ? property.initializer
    : undefined
}

/** Past `as const`, brackets and the names of constants. */
const resolve = (node: ts.Node, scope: Scope): ts.Node => {
  if (
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node) ||
    ts.isParenthesizedExpression(node)
  ) {
    return resolve(node.expression, scope)
  }
  if (!ts.isIdentifier(node)) return node
  const given = scope.get(node.text)
  if (given !== undefined) return resolve(given, new Map())
  for (let outer = node.parent; outer !== undefined; outer = outer.parent) {
    if (!ts.isBlock(outer) && !ts.isSourceFile(outer)) continue
    const constant = constantOf(node.text, outer)
    if (constant !== undefined) return resolve(constant, scope)
  }
  return node
}

/** The value of a constant of a block; undefined: it has none of that name. */
export const constantOf = (
  name: string,
  block: ts.Block | ts.SourceFile,
): ts.Expression | undefined => {
  for (const statement of block.statements) {
    if (!ts.isVariableStatement(statement)) continue
    for (const declaration of statement.declarationList.declarations) {
      if (ts.isIdentifier(declaration.name) && declaration.name.text === name) {
        return declaration.initializer
      }
    }
  }
  return undefined
}

/** A text, with `…` for what only a run could know. */
export const textOf = (node: ts.Node, scope: Scope): string => {
  if (ts.isIdentifier(node) && ts.isPropertyAssignment(node.parent) && node.parent.name === node) {
    return node.text // the key of a row of Object.entries
  }
  const given = ts.isIdentifier(node) ? scope.get(node.text) : undefined
  if (given !== undefined) return textOf(given, new Map())
  const value = resolve(node, scope)
  if (ts.isStringLiteralLike(value) || ts.isNumericLiteral(value)) return value.text
  if (ts.isTemplateExpression(value)) {
    const spans = value.templateSpans.map(
      span => textOf(span.expression, scope) + span.literal.text,
    )
    return value.head.text + spans.join('')
  }
  return '…'
}
