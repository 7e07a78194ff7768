import { createReadStream } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Diagnostic, isUsable } from '../config/diagnostics.ts'
import { loadPluginConfig } from '../config/load.ts'
import { type ReadResult, readPluginConfig } from '../config/read.ts'
import { PluginError } from '../errors.ts'
import { type JsonText, parseJson } from './json.ts'
import { type ConfigSource, type Scenario, scenarioShape } from './scenario.ts'
import { type Problem, validate } from './validate.ts'

/** A scenario that can be run: its text was in order and its configurations have been read. */
export interface LoadedScenario {
  readonly scenario: Scenario
  readonly configs: Configs
  /** Places in the text, for reports. */
  readonly json: JsonText
  readonly file: string
}

/** What came of reading each configuration that a scenario names; the key is the source as it stands there. */
export type Configs = ReadonlyMap<ConfigSource, ReadResult>

/** Why a scenario cannot be run. */
export interface ScenarioProblems {
  readonly problems: readonly Problem[]
}

/** Reads and checks the text of a scenario; what it says about configurations is not looked at. */
export const readScenario = (
  text: string,
): { readonly scenario: Scenario; readonly json: JsonText } | ScenarioProblems => {
  const start = text.trimStart()
  if (start === '') {
    return { problems: [{ line: 1, column: 1, path: '$', message: 'the scenario is empty' }] }
  }
  if (start.startsWith('<')) {
    const message = 'this is XML; a scenario is JSON and names a plugin-cfg.xml as its "config"'
    return { problems: [{ line: 1, column: 1, path: '$', message }] }
  }
  const json = parseJson(text)
  if (!('value' in json)) return { problems: [{ ...json, path: '$' }] }
  const problems = validate(json, scenarioShape)
  if (problems.length > 0) return { problems }
  return { scenario: json.value as Scenario, json }
}

/**
 * Reads a scenario file and every configuration it names.
 *
 * @param file name for messages; paths in the scenario are relative to its directory.
 * @param text its content; default: what is in the file.
 * @throws PluginError `FILE_UNREADABLE` for the scenario itself.
 */
export const loadScenario = async (
  file: string,
  text?: string,
): Promise<LoadedScenario | ScenarioProblems> => {
  const read = readScenario(text ?? (await readText(file)))
  if ('problems' in read) return read
  const { scenario, json } = read
  const configs = new Map<ConfigSource, ReadResult>()
  const problems: Problem[] = []
  for (const [source, path] of configSources(scenario)) {
    if (configs.has(source)) continue
    try {
      configs.set(source, await readConfig(source, dirname(file)))
    } catch (error) {
      if (!(error instanceof PluginError)) throw error
      problems.push({ ...json.at(path), path, message: error.message })
    }
  }
  return problems.length > 0 ? { problems } : { scenario, configs, json, file }
}

/** Every configuration of a scenario with its path in the document. */
export const configSources = (scenario: Scenario): readonly (readonly [ConfigSource, string])[] => [
  ...(scenario.config === undefined ? [] : [[scenario.config, '$.config'] as const]),
  ...scenario.steps.flatMap((step, index) =>
    'reload' in step ? [[step.reload, `$.steps[${index}].reload`] as const] : [],
  ),
]

const readConfig = async (source: ConfigSource, directory: string): Promise<ReadResult> => {
  if (typeof source === 'string') {
    return loadPluginConfig(resolve(directory, source), { file: source })
  }
  return readInline(source)
}

/** A configuration that stands in the scenario itself. */
export const readInline = (source: Exclude<ConfigSource, string>): ReadResult => {
  if ('model' in source) return { config: source.model, diagnostics: [] }
  return readPluginConfig(typeof source.xml === 'string' ? source.xml : source.xml.join('\n'))
}

/** The errors of a configuration that cannot be used. */
export const errorsOf = (reading: ReadResult): readonly Diagnostic[] =>
  isUsable(reading.diagnostics)
    ? []
    : reading.diagnostics.filter(diagnostic => diagnostic.severity === 'error')

/** Larger than any scenario that somebody would wait for. */
export const maxScenarioBytes = 32 * 1024 * 1024

/**
 * The text of a scenario. Devices and pipes have no size, so that reading has to tell when it is too large.
 *
 * @throws PluginError `FILE_UNREADABLE`.
 */
const readText = async (file: string): Promise<string> => {
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of createReadStream(file, { end: maxScenarioBytes })) {
      chunks.push(chunk as Uint8Array)
    }
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException
    throw unreadable(file, reasons[code] ?? message, cause)
  }
  return decodeScenario(file, Buffer.concat(chunks))
}

/**
 * Bytes as text, JSON is in UTF-8.
 *
 * @throws PluginError `FILE_UNREADABLE` for more than a scenario can be.
 */
export const decodeScenario = (file: string, bytes: Uint8Array): string => {
  if (bytes.length > maxScenarioBytes) {
    throw unreadable(file, `it is larger than ${maxScenarioBytes} bytes`)
  }
  return new TextDecoder().decode(bytes)
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of the path is a file, not a directory',
  EISDIR: 'it is a directory; name the scenario in it',
  EACCES: 'permission denied',
  ENAMETOOLONG: 'the path is too long',
}

const unreadable = (file: string, reason: string, cause?: unknown): PluginError =>
  new PluginError('FILE_UNREADABLE', `cannot read ${JSON.stringify(file)}: ${reason}`, { cause })
