import { readFileSync } from 'node:fs'
import ts from 'typescript'
import { here } from '../places.mjs'

/** The throw-away keys of the tests, with a server that calls itself app.example. */
export const certificates = async () => {
  const text = readFileSync(new URL('../support/certificates.ts', here), 'utf8')
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
  })
  return await import(`data:text/javascript,${encodeURIComponent(outputText)}`)
}
