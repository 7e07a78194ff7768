import t from 'tap'
import { layoutOf } from '../../src/log/layout.ts'
import { october } from './support.ts'

t.test(
  '10.1 the later layout: day/month/year, five digits of a second, hexadecimal numbers',
  async t => {
    const layout = layoutOf('precise', 0x00ea003e)
    t.equal(
      layout(october, 0x1617, 'stats', 'text'),
      '[06/Oct/2017:19:06:43.24773] 00ea003e 00001617 - STATS: text\n',
    )
  },
)

t.test('10.1 the layout of 5.x to 8.0: weekday, whole seconds, the year at the end', async t => {
  const layout = layoutOf('classic', 0xdbc)
  const december = new Date(2014, 11, 3, 15, 40, 28).getTime()
  t.equal(
    layout(december, 0xe78, 'error', 'text'),
    '[Wed Dec 03 15:40:28 2014] 00000dbc 00000e78 - ERROR: text\n',
  )
})

t.test('10.1 the layout of IBM i: a job triple, then decimal numbers', async t => {
  const line = layoutOf('ibm-i', 1234)(october, 77, 'trace', 'text')
  t.equal(line, '[06/Oct/2017:19:06:43.24773] 001234/QTMHHTTP/NODE 1234 77 - TRACE: text\n')
  t.match(line, /\[(.*?)(?:\.\d{5})?\] \d+\/QTMHHTTP\/\w+ (\d+) (\d+)/)
})

t.test('10.1 the fraction is padded, and never reaches the next second', async t => {
  const layout = layoutOf('precise', 1)
  const second = Math.floor(october / 1000) * 1000
  const fractions = [0, 0.01, 1, 99.5, 999.999].map(
    ms => /\.(\d+)\]/.exec(layout(second + ms, 1, 'error', ''))?.[1],
  )
  t.same(fractions, ['00000', '00001', '00100', '09950', '99999'])
  t.match(layout(second + 1000, 1, 'error', ''), /:44\.00000\]/)
})

t.test('10.1 numbers beyond 32 bits still have eight digits', async t => {
  t.match(layoutOf('precise', 1)(october, 2 ** 32 + 5, 'error', ''), / 00000001 00000005 - /)
})
