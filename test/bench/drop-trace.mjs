import ts from 'typescript'

/**
 * Takes the trace out of a module of the core by its syntax, which gives the build that the real one is measured
 * against: what a router would cost that nobody could ever follow.
 *
 * - statements that only call a tracer (`tracer?.emit(...)`, `this.#failures?.stats(...)`), with an `if` around them
 *   that has nothing else to decide, and methods named `#trace...` with their calls;
 * - fields, object properties and variables that only hold a tracer;
 * - questions whether there is one (`tracer === undefined ? a : b`), which are answered with `a`.
 *
 * @param {string} path for messages
 */
export const dropTrace = path => {
  let calls = 0
  /** Variables of this module that hold a tracer. */
  const held = new Set(['tracer'])

  const isTracer = node => {
    if (ts.isIdentifier(node)) return held.has(node.text)
    if (ts.isPropertyAccessExpression(node)) return /^#?(tracer|failures)$/.test(node.name.text)
    if (!ts.isConditionalExpression(node)) return false
    return isTracerOrNone(node.whenTrue) && isTracerOrNone(node.whenFalse)
  }
  const isUndefined = node => ts.isIdentifier(node) && node.text === 'undefined'
  const isTracerOrNone = node => isTracer(node) || isUndefined(node)

  const isTraceCall = node => {
    if (!ts.isExpressionStatement(node) || !ts.isCallExpression(node.expression)) return false
    const callee = node.expression.expression
    if (!ts.isPropertyAccessExpression(callee)) return false
    return isTracer(callee.expression) || /^#trace[A-Z]/.test(callee.name.text)
  }
  const isTraceOnly = node =>
    isTraceCall(node) ||
    (ts.isBlock(node) && node.statements.length > 0 && node.statements.every(isTraceOnly)) ||
    (ts.isIfStatement(node) && node.elseStatement === undefined && isTraceOnly(node.thenStatement))

  const asksForTracer = node =>
    ts.isConditionalExpression(node) &&
    ts.isBinaryExpression(node.condition) &&
    node.condition.operatorToken.kind === ts.SyntaxKind.EqualsEqualsEqualsToken &&
    isUndefined(node.condition.right) &&
    (isTracer(node.condition.left) || node.condition.left.getText() === 'onTrace')

  /** Fields, properties and assignments that do nothing but hold a tracer. */
  const holdsTracer = node => {
    if (ts.isPropertyDeclaration(node)) return /^#(tracer|failures)$/.test(node.name.getText())
    if (ts.isPropertyAssignment(node)) return isTracer(node.initializer)
    if (ts.isMethodDeclaration(node)) return /^#trace[A-Z]/.test(node.name.getText())
    if (!ts.isExpressionStatement(node) || !ts.isBinaryExpression(node.expression)) return false
    const { left, operatorToken } = node.expression
    return operatorToken.kind === ts.SyntaxKind.EqualsToken && isTracer(left)
  }

  /** @type {ts.TransformerFactory<ts.SourceFile>} */
  const transformer = context => {
    const visit = node => {
      if (!ts.isBlock(node) && isTraceOnly(node)) {
        calls++
        return undefined
      }
      if (holdsTracer(node)) return undefined
      if (ts.isVariableStatement(node)) {
        const [declaration] = node.declarationList.declarations
        const { name, initializer } = declaration
        if (initializer !== undefined && ts.isIdentifier(name) && isTracer(initializer)) {
          held.add(name.text)
          return undefined
        }
      }
      if (asksForTracer(node)) return ts.visitNode(node.whenTrue, visit)
      return ts.visitEachChild(node, visit, context)
    }
    return file => ts.visitNode(file, visit)
  }

  return {
    transformer,
    dropped: () => calls,
    /** @throws Error when a call is left, because a new form of it has come into use. */
    check(output) {
      const left = /.*(?:#?tracer|#?failures|listening)\?\..*|.*new Tracer\(.*/.exec(output)
      if (left !== null) {
        throw new Error(`${path}: a trace call is left: ${left[0].trim()}; teach drop-trace.mjs`)
      }
    },
  }
}
