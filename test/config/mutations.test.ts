import fc from 'fast-check'
import t from 'tap'
import { readPluginConfig } from '../../src/config/read.ts'
import { sound } from './support.ts'

const pieces = [
  ...'<>/"\'&=!?[]-:.#;',
  ' ',
  '\n',
  '\r\n',
  '\t',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<?xml version="1.0"?>',
  '?>',
  '<Server',
  '</Server>',
  '<Config>',
  '</Config>',
  'Name',
  '="x"',
  '&amp;',
  '&x;',
  '“',
  '\u00a0',
  '\ufeff',
  '\u0001',
  '😀',
]

/** Taking something out, putting something in, or moving a part of the file to another place. */
const mutation = fc.record({
  at: fc.nat(sound.length),
  remove: fc.nat(5),
  insert: fc.oneof(
    fc.constantFrom(...pieces),
    fc
      .tuple(fc.nat(sound.length), fc.nat(60))
      .map(([from, length]) => sound.slice(from, from + length)),
  ),
})

const mutated = fc
  .array(mutation, { minLength: 1, maxLength: 4 })
  .map(mutations =>
    mutations.reduce(
      (text, { at, remove, insert }) => text.slice(0, at) + insert + text.slice(at + remove),
      sound,
    ),
  )

const seed = 20_240_501

t.test('whatever is changed in a file, it is read, and every finding points into it', async t => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(mutated, text => {
        const { config, diagnostics } = readPluginConfig(text)
        const lines = text.replace(/^\ufeff/, '').split(/\r\n?|\n/)
        for (const { line, column, code, message } of diagnostics) {
          const length = lines[line - 1]?.length ?? -1
          if (column < 1 || column > length + 1)
            throw new Error(`${code} points at ${line}:${column}`)
          if (message.includes('cannot be parsed')) throw new Error(message)
        }
        const copy = JSON.stringify(config)
        if (JSON.stringify(JSON.parse(copy)) !== copy)
          throw new Error('the model is not plain data')
      }),
      { numRuns: 1500, seed },
    ),
  )
})

t.test('any bytes at all are read', async t => {
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
        const { diagnostics } = readPluginConfig(bytes)
        if (!diagnostics.some(({ severity }) => severity === 'error')) throw new Error('no error')
      }),
      { numRuns: 500, seed },
    ),
  )
})
