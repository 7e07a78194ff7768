/**
 * Loads TypeScript modules again and again. They are loaded as CommonJS, because only such modules can be forgotten: what
 * a module computes while it loads (tables, maps) has to be computed anew for a mutant in it.
 */
import { readFileSync } from 'node:fs'
import Module, { createRequire } from 'node:module'
import { join, sep } from 'node:path'
import type { Test } from 'tap'
import ts from 'typescript'

/** What the modules get for `tap`. */
export interface TapStandIn {
  test(title: string, body: (t: Test) => unknown): void
}

/**
 * Forgets all modules of a checkout.
 *
 * @returns a function that loads one of its files, and what that imports, as if for the first time.
 */
export const freshModules = (root: string, tap: TapStandIn): ((file: string) => void) => {
  const require = createRequire(join(root, 'package.json'))
  for (const file of Object.keys(require.cache)) if (isOf(root, file)) delete require.cache[file]
  standIn.default = tap
  return file => require(join(root, file))
}

const standIn: { readonly __esModule: true; default: TapStandIn | null } = {
  __esModule: true,
  default: null,
}

const isOf = (root: string, file: string): boolean =>
  file.startsWith(root + sep) && !file.includes(`${sep}node_modules${sep}`)

/** The part of Node's loader for CommonJS that can be added to. */
interface Loader {
  readonly _extensions: Record<string, (module: LoadedModule, file: string) => void>
  _load(request: string, ...rest: unknown[]): unknown
}

interface LoadedModule {
  _compile(text: string, file: string): void
}

const loader = Module as unknown as Loader
loader._extensions['.ts'] = (module, file) => module._compile(compiled(file), file)
const load = loader._load
loader._load = (request, ...rest) => (request === 'tap' ? standIn : load(request, ...rest))

const texts = new Map<string, string>()

const compiled = (file: string): string => {
  const text = texts.get(file) ?? compile(file)
  texts.set(file, text)
  return text
}

const compile = (file: string): string =>
  ts.transpileModule(readFileSync(file, 'utf8'), {
    fileName: file,
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2023,
      esModuleInterop: true,
    },
  }).outputText
