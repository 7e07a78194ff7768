import t from 'tap'
import { CommandError } from '../../src/terminal/command.ts'
import { readCommand } from '../../src/terminal/read-command.ts'

const commands: readonly (readonly [string, unknown])[] = [
  ['', undefined],
  ['  # a comment', undefined],
  ['next', { do: 'next', times: 1 }],
  ['next 3', { do: 'next', times: 3 }],
  ['NETWORK', { do: 'network' }],
  ['end', { do: 'end' }],
  ['answer refused', { do: 'answer', answer: 'refused' }],
  ['answer reset-before-sending', { do: 'answer', answer: 'reset-before-sending' }],
  ['answer gone', { do: 'answer', answer: 'client-aborted' }],
  ['answer 503', { do: 'answer', answer: 503 }],
  ['back', { do: 'back', to: 1 }],
  ['back 12', { do: 'back', to: 12 }],
  ['back Network', { do: 'back', to: 'network' }],
  ['back start', { do: 'back', to: 'start' }],
  ['wait 60', { do: 'wait', seconds: 60 }],
  ['wait 0.5 s', { do: 'wait', seconds: 0.5 }],
  ['down  My server  1', { do: 'mark', server: 'My server  1', health: 'down' }],
  ['up Cluster/A', { do: 'mark', server: 'Cluster/A', health: 'up' }],
  ['send', { do: 'send', url: undefined }],
  ['send http://a/b', { do: 'send', url: 'http://a/b' }],
  ['edit url http://a/', { do: 'edit', edit: { url: 'http://a/' } }],
  ['edit method PUT', { do: 'edit', edit: { method: 'PUT' } }],
  ['edit header Accept:  a, b', { do: 'edit-header', name: 'accept', value: 'a, b' }],
  ['edit header Accept:', { do: 'edit-header', name: 'accept', value: undefined }],
  ['edit header Cookie: a=1', { do: 'edit', edit: { cookie: 'a=1' } }],
  ['edit header Cookie:', { do: 'edit', edit: { cookie: null } }],
  ['edit cookie a=1; b=2', { do: 'edit', edit: { cookie: 'a=1; b=2' } }],
  ['edit cookie none', { do: 'edit', edit: { cookie: null } }],
  ['edit body 0', { do: 'edit', edit: { bodyBytes: 0 } }],
  ['break server A B', { do: 'break', at: { on: 'server', name: 'A B' } }],
  ['break kind Mark-Down', { do: 'break', at: { on: 'kind', kind: 'mark-down' } }],
  ['unbreak cluster C', { do: 'unbreak', at: { on: 'cluster', name: 'C' } }],
  ['unbreak all', { do: 'unbreak-all' }],
  ['show', { do: 'show' }],
  ['trace', { do: 'trace' }],
  ['save a b.json', { do: 'save', file: 'a b.json', replace: false }],
  ['replace x.json', { do: 'save', file: 'x.json', replace: true }],
  ['help', { do: 'help' }],
  ['quit', { do: 'quit' }],
]

for (const [line, command] of commands) {
  t.test(`${JSON.stringify(line)} is a command`, async t => {
    t.strictSame(readCommand(line), command)
  })
}

const wrong: readonly (readonly [string, number, RegExp])[] = [
  ['nxt', 1, /^unknown command "nxt"; did you mean next\?$/],
  ['  zzz', 3, /^unknown command "zzz"; write one of next, network, .*quit$/],
  ['next two', 6, /^"two" is not a number of steps; write next \[N\]$/],
  ['next 0', 6, /out of range; write a number from 1 to 100000$/],
  ['next 200000', 6, /out of range/],
  ['network now', 9, /^network takes nothing; found "now"; write network$/],
  ['answer', 7, /^answer says too little; write answer HOW$/],
  ['answer refusd', 8, /"refusd" is no answer; did you mean refused\?$/],
  ['answer 700', 8, /^700 is not a status; write one from 200 to 599$/],
  ['answer toString', 8, /is no answer; write a status or one of ok, refused/],
  ['back home', 6, /no place to go back to; write back \[N \| network \| start\]$/],
  ['wait soon', 6, /^"soon" is not a time; write wait SECONDS/],
  ['wait 9999999999', 6, /is not a time/],
  ['down', 5, /^down says too little; write down SERVER$/],
  ['send nowhere', 6, /^"nowhere" is not a URL; write http:\/\/HOST\/PATH/],
  ['edit', 5, /^edit says too little; write edit url URL/],
  ['edit uri x', 6, /^"uri" is no part of a request that can be edited; did you mean url\?$/],
  ['edit url', 9, /^edit url says too little/],
  ['edit method A B', 13, /^"A B" is not a method; write one such as POST$/],
  ['edit header x', 13, /^"x" is not a header field; write edit header NAME: VALUE$/],
  ['edit body much', 11, /^"much" is not a size; write edit body BYTES/],
  ['break', 6, /^break says too little; write break server NAME/],
  [
    'break srver A',
    7,
    /^"srver" cannot have a breakpoint; did you mean server\?; write break server/,
  ],
  ['break server', 13, /^break server says too little; write break server NAME$/],
  ['break kind markdown', 12, /^"markdown" is no kind of decision; did you mean mark-down\?$/],
  ['break kind zzzzzzzz', 12, /is no kind of decision; write one of route, decline/],
  ['unbreak everything', 9, /cannot have a breakpoint/],
  ['save', 5, /^save says too little; write save FILE$/],
]

for (const [line, column, message] of wrong) {
  t.test(`${JSON.stringify(line)} is refused with what to write`, async t => {
    t.throws(() => readCommand(line), { name: 'CommandError', column, message })
    t.throws(() => readCommand(line), CommandError)
  })
}
