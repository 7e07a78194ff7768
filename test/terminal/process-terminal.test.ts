import { EventEmitter } from 'node:events'
import t from 'tap'
import { processTerminal, type TerminalProcess } from '../../src/terminal/process-terminal.ts'
import { enterScreen, leaveScreen } from '../../src/terminal/terminal.ts'

/** A process on a terminal that writes down what is done to it. */
const fakeProcess = ({
  input = true,
  output = true,
  env = {} as Readonly<Record<string, string>>,
  platform = 'linux',
  columns = 100,
  rows = 30,
} = {}) => {
  const done: string[] = []
  const stdin = Object.assign(new EventEmitter(), {
    isTTY: input,
    destroyed: false,
    setRawMode: (raw: boolean) => done.push(`raw ${raw}`),
    setEncoding: () => {},
    resume: () => done.push('resume'),
    pause: () => done.push('pause'),
  })
  const stdout = Object.assign(new EventEmitter(), {
    isTTY: output,
    columns,
    rows,
    write: (text: string) => done.push(text),
  })
  const process = Object.assign(new EventEmitter(), {
    stdin,
    stdout,
    env,
    platform,
    kill: (pid: number, signal: string) => done.push(`kill ${pid} ${signal}`),
  })
  const terminal = processTerminal(process as unknown as TerminalProcess)
  const listeners = () =>
    [stdin, stdout, process].reduce(
      (sum, each) => sum + each.eventNames().reduce((n, name) => n + each.listenerCount(name), 0),
      0,
    )
  return { process, stdin, stdout, done, terminal, listeners }
}

const listening = (heard: string[]) => ({
  input: (text: string) => heard.push(text),
  redraw: () => heard.push('redraw'),
  ended: () => heard.push('ended'),
})

t.test('there is a terminal only where keys come in and a screen is out', async t => {
  t.ok(fakeProcess().terminal)
  t.equal(fakeProcess({ input: false }).terminal, undefined)
  t.equal(fakeProcess({ output: false }).terminal, undefined)
  t.equal(fakeProcess({ env: { TERM: 'dumb' } }).terminal, undefined)
})

t.test('NO_COLOR counts unless it is empty', async t => {
  t.equal(fakeProcess().terminal?.colours, true)
  t.equal(fakeProcess({ env: { NO_COLOR: '1' } }).terminal?.colours, false)
  t.equal(fakeProcess({ env: { NO_COLOR: '' } }).terminal?.colours, true)
})

t.test('a terminal that does not tell its size has the usual one', async t => {
  t.same(fakeProcess().terminal?.size(), { columns: 100, rows: 30 })
  t.same(fakeProcess({ columns: 0, rows: 0 }).terminal?.size(), { columns: 80, rows: 24 })
})

t.test(
  'keys, resizes and the end are passed on while it is open, and nothing is left after',
  async t => {
    const { terminal, stdin, stdout, done, listeners } = fakeProcess()
    const heard: string[] = []
    terminal?.open(listening(heard))
    stdin.emit('data', 'n')
    stdout.emit('resize')
    stdin.emit('end')
    t.same(heard, ['n', 'redraw', 'ended'])
    t.same(done, ['raw false', 'raw true', enterScreen, 'resume'])
    done.length = 0
    terminal?.close()
    terminal?.close()
    t.same(done, [leaveScreen, 'raw false', 'pause'])
    t.equal(listeners(), 0)
  },
)

t.test('the end of the process closes it, whatever ended it', async t => {
  const { terminal, process, done } = fakeProcess()
  terminal?.open(listening([]))
  done.length = 0
  process.emit('exit', 1)
  t.same(done, [leaveScreen, 'raw false', 'pause'])
})

t.test('a terminal that is gone is not put in another mode', async t => {
  const { terminal, stdin, done } = fakeProcess()
  terminal?.open(listening([]))
  done.length = 0
  stdin.destroyed = true
  terminal?.close()
  t.same(done, [leaveScreen, 'pause'])
})

t.test('suspended, the terminal is as before until the program is continued', async t => {
  const { terminal, process, done } = fakeProcess()
  const heard: string[] = []
  terminal?.open(listening(heard))
  done.length = 0
  terminal?.suspend()
  terminal?.write('not now')
  t.same(done, [leaveScreen, 'raw false', 'kill 0 SIGTSTP'])
  done.length = 0
  process.emit('SIGCONT')
  t.same(done, ['raw false', 'raw true', enterScreen])
  t.same(heard, ['redraw'])
  terminal?.close()
})

t.test('where nothing stops the program it goes on by itself', async t => {
  const { terminal, done } = fakeProcess()
  await new Promise<void>(resolve => {
    terminal?.open({ ...listening([]), redraw: resolve })
    terminal?.suspend()
  })
  t.equal(done.at(-1), enterScreen)
  terminal?.close()
})

t.test('closed while suspended it writes nothing more', async t => {
  const { terminal, done } = fakeProcess()
  terminal?.open(listening([]))
  terminal?.suspend()
  done.length = 0
  terminal?.close()
  t.same(done, ['pause'])
})

t.test('there is nothing to suspend on Windows', async t => {
  const { terminal, done } = fakeProcess({ platform: 'win32' })
  terminal?.open(listening([]))
  done.length = 0
  terminal?.suspend()
  t.same(done, [])
  terminal?.close()
})
