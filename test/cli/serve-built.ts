import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Test } from 'tap'
import ts from 'typescript'

const source = resolve(import.meta.dirname, '../../src')

/**
 * The program as it is installed, without type declarations: started many times, it comes up several times faster than
 * through the loader of the tests. The folder is inside the checkout, where dependencies are found.
 *
 * @returns the file to start.
 */
export const builtProgram = async (t: Test): Promise<string> => {
  const folder = t.testdir({})
  const dist = join(folder, 'dist')
  // It knows its version from there.
  await copyFile(join(source, '../package.json'), join(folder, 'package.json'))
  const options = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
  }
  for (const file of await readdir(source, { recursive: true })) {
    if (!file.endsWith('.ts')) continue
    const text = await readFile(join(source, file), 'utf8')
    const { outputText } = ts.transpileModule(text, { compilerOptions: options, fileName: file })
    const to = join(dist, file.replace(/\.ts$/, '.js'))
    await mkdir(dirname(to), { recursive: true })
    await writeFile(to, outputText)
  }
  return join(dist, 'cli/main.js')
}
