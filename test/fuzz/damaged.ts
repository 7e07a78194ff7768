/** Carries damages out. */
import type { Damage, DamagedFile, Encoding } from './damage.ts'

/** The bytes of a damaged file. */
export const damaged = ({ file, damages }: DamagedFile): Buffer =>
  damages.reduce<Buffer>(apply, Buffer.from(file.bytes))

const apply = (bytes: Buffer, what: Damage): Buffer => {
  if (bytes.length === 0) return bytes
  switch (what.kind) {
    case 'flip':
    case 'byte': {
      const copy = Buffer.from(bytes)
      const i = what.at % bytes.length
      copy[i] = what.kind === 'byte' ? what.value : (copy[i] as number) ^ (1 << what.bit)
      return copy
    }
    case 'delete': {
      const i = what.at % bytes.length
      return Buffer.concat([bytes.subarray(0, i), bytes.subarray(i + what.length)])
    }
    case 'repeat': {
      const i = what.at % bytes.length
      const block = bytes.subarray(i, i + what.length)
      return Buffer.concat([
        bytes.subarray(0, i),
        ...Array.from({ length: what.times }, () => block),
        bytes.subarray(i),
      ])
    }
    case 'truncate':
      return bytes.subarray(0, what.at % bytes.length)
    case 'swap':
      return swap(bytes, what.at % bytes.length, what.other % bytes.length, what.length)
    case 'insert': {
      const i = what.at % bytes.length
      return Buffer.concat([bytes.subarray(0, i), Buffer.from(what.text), bytes.subarray(i)])
    }
    case 'value':
      return replaceValue(bytes, what.at % bytes.length, what.text)
    case 'line':
      return moveLine(bytes, what)
    case 'ends':
      return Buffer.from(bytes.toString('latin1').replace(/\r\n?|\n/g, what.with), 'latin1')
    case 'encode':
      return encode(bytes, what.as)
  }
}

const swap = (bytes: Buffer, one: number, other: number, length: number): Buffer => {
  const first = Math.min(one, other)
  const second = Math.max(one, other)
  const size = Math.min(length, second - first)
  return Buffer.concat([
    bytes.subarray(0, first),
    bytes.subarray(second, second + size),
    bytes.subarray(first + size, second),
    bytes.subarray(first, first + size),
    bytes.subarray(second + size),
  ])
}

/** Copies a line to another place, and takes it away from its own or not. */
const moveLine = (
  bytes: Buffer,
  { from, to, take }: { readonly from: number; readonly to: number; readonly take: boolean },
): Buffer => {
  const lines = bytes.toString('latin1').split('\n')
  const line = lines[from % lines.length] as string
  if (take) lines.splice(from % lines.length, 1)
  lines.splice(to % (lines.length + 1), 0, line)
  return Buffer.from(lines.join('\n'), 'latin1')
}

/** Puts another text between the next pair of quotation marks. */
const replaceValue = (bytes: Buffer, from: number, text: string): Buffer => {
  const open = bytes.indexOf('"', from)
  const close = open === -1 ? -1 : bytes.indexOf('"', open + 1)
  if (close === -1) return bytes
  return Buffer.concat([bytes.subarray(0, open + 1), Buffer.from(text), bytes.subarray(close)])
}

const encode = (bytes: Buffer, as: Encoding): Buffer => {
  const text = bytes.toString('utf8')
  switch (as) {
    case 'utf-16 le with mark':
      return Buffer.from(`\ufeff${text}`, 'utf16le')
    case 'utf-16 le':
      return Buffer.from(text, 'utf16le')
    case 'utf-16 be with mark':
      return Buffer.from(`\ufeff${text}`, 'utf16le').swap16()
    case 'utf-8 with mark':
      return Buffer.concat([Buffer.from('\ufeff'), bytes])
    case 'declared utf-16':
      return declare(bytes, 'UTF-16')
    case 'declared ascii':
      return declare(bytes, 'US-ASCII')
    case 'declared latin1':
      return declare(bytes, 'ISO-8859-1')
    case 'declared nonsense':
      return declare(bytes, 'x-nobody')
  }
}

const declare = (bytes: Buffer, encoding: string): Buffer => {
  const text = bytes.toString('latin1').replace(/^<\?xml[^>]*\?>/, '')
  return Buffer.from(`<?xml version="1.0" encoding="${encoding}"?>${text}`, 'latin1')
}
