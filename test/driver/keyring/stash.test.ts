import fc from 'fast-check'
import t from 'tap'
import { readStash } from '../../../src/driver/keyring/stash.ts'
import { PluginError } from '../../../src/errors.ts'
import { stashOf } from '../../support/pkcs12-writer.ts'

t.test('E15 a stash file gives its password, whatever stands behind the zero', async t => {
  // "WebAS" and the zero, written down by hand.
  const padded = Buffer.concat([Buffer.from('a29097b4a6f5', 'hex'), Buffer.alloc(123, 0x5a)])
  t.equal(padded.length, 129)
  t.equal(readStash(padded), 'WebAS')
  t.equal(readStash(padded.subarray(0, 6)), 'WebAS')
})

t.test('E15 a stash file without the zero is read to its end, without a line break', async t => {
  t.equal(readStash(Buffer.from('a29097b4a6', 'hex')), 'WebAS')
  t.equal(readStash(Buffer.from('a29097b4a60d0a', 'hex')), 'WebAS')
})

t.test('E15 passwords outside ASCII are UTF-8, and else Latin-1', async t => {
  t.equal(readStash(stashOf('Schlüssel')), 'Schlüssel')
  const latin = Buffer.from(Buffer.from('Schlüssel\0', 'latin1').map(byte => byte ^ 0xf5))
  t.equal(readStash(latin), 'Schlüssel')
})

t.test('E15 what is no password is refused, with the command that writes the file', async t => {
  const refused = {
    code: 'FILE_UNREADABLE',
    message: /no password in the form/,
  }
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.of(0xf5),
    Buffer.from(Array.from({ length: 193 }, (_, index) => (index * 73) & 0xff)),
    Buffer.alloc(129, 0x41 ^ 0xf5),
  ]) {
    try {
      readStash(bytes)
      t.fail('it was read')
    } catch (error) {
      t.match(error, refused)
      const { advice } = error as { readonly advice: (file: string) => string }
      t.match(advice('/keys/plugin-key.sth'), /-stashpw -db \/keys\/plugin-key\.p12 .*-v1stash/)
    }
  }
})

t.test('E15 any bytes are a password or refused', async t => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
      try {
        return readStash(Buffer.from(bytes)).length > 0
      } catch (error) {
        return error instanceof PluginError
      }
    }),
  )
  fc.assert(
    fc.property(
      fc.stringMatching(/^[!-~]{1,128}$/),
      fc.constantFrom(0, 129, 193),
      (password, length) => readStash(stashOf(password, length)) === password,
    ),
  )
  t.pass()
})
