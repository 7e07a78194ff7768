import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { dropTrace } from './drop-trace.mjs'
import { root } from './places.mjs'

/**
 * Turns sources into a build of their own, so that several can be measured side by side: as they are, without the trace
 * calls, of another revision. All of them use the packages that are installed here.
 *
 * @param {string} source folder with the TypeScript files
 * @param {string} target folder to be made
 * @param {{ withoutTrace?: boolean, deciding?: boolean }} [options] deciding: only what reads a file and decides
 * @returns {{ folder: string, dropped: number }} number of trace calls that were dropped
 */
export const build = (source, target, { withoutTrace = false, deciding = false } = {}) => {
  let dropped = 0
  for (const path of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.ts') || (deciding && !/^(?:core|config|errors)\b/.test(path))) continue
    const text = readFileSync(join(source, path), 'utf8')
    const inCore = /^core[\\/]/.test(path) && !path.endsWith('tracer.ts')
    const trace = withoutTrace && inCore ? dropTrace(path) : null
    const { outputText } = ts.transpileModule(text, {
      fileName: path,
      compilerOptions,
      transformers: trace === null ? {} : { before: [trace.transformer] },
    })
    trace?.check(outputText)
    dropped += trace?.dropped() ?? 0
    const file = join(target, path.replace(/\.ts$/, '.js'))
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, outputText)
  }
  writeFileSync(join(target, 'package.json'), '{ "type": "module" }\n')
  symlinkSync(
    fileURLToPath(new URL('node_modules', root)),
    join(target, 'node_modules'),
    'junction',
  )
  return { folder: target, dropped }
}

const compilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
}

/**
 * The sources to be measured: those of this working copy, or of a revision.
 *
 * @param {string | undefined} revision
 * @param {string} folder for those of a revision
 */
export const ourSource = (revision, folder) =>
  revision === undefined
    ? fileURLToPath(new URL('src', root))
    : sourceOf(revision, join(folder, `source-${revision.replaceAll(/\W/g, '-')}`))

/**
 * The sources of a revision, unpacked into a folder; the repository itself is left as it is.
 *
 * @param {string} revision as git understands it
 * @param {string} folder
 * @throws Error when there is no such revision
 */
const sourceOf = (revision, folder) => {
  mkdirSync(folder, { recursive: true })
  const options = { cwd: fileURLToPath(root), maxBuffer: 2 ** 28 }
  const archive = execFileSync('git', ['archive', '--format=tar', revision, 'src'], options)
  execFileSync('tar', ['-x', '-C', folder], { input: archive })
  return join(folder, 'src')
}
