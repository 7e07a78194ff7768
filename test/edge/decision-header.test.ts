import t from 'tap'
import { decisionText } from '../../src/edge/decision-header.ts'

const named = (server: string): string =>
  decisionText({ code: 'AFF', server, cluster: 'c1', exchange: 17 })

t.test('the decision on one line', async t => {
  const all = { code: 'AFF>DOWN>RR', server: 'member2', cluster: 'c1', exchange: 17 }
  t.equal(decisionText(all), 'AFF>DOWN>RR; server=member2; cluster=c1; exchange=17')
  const declined = { code: 'DECLINED', server: undefined, cluster: undefined, exchange: 3 }
  t.equal(decisionText(declined), 'DECLINED; exchange=3')
  t.equal(decisionText({ ...declined, code: 'CLOSING', exchange: 0 }), 'CLOSING')
  t.equal(
    decisionText({ ...declined, code: 'RR>REFUSED>…>FAILED' }),
    'RR>REFUSED>...>FAILED; exchange=3',
  )
})

t.test(
  'names that are no words are put in quotes, and nothing in them can end the field',
  async t => {
    t.match(named('node01_server1'), /server=node01_server1;/)
    t.match(named('cell/node/server'), /server=cell\/node\/server;/)
    t.match(named('my server'), /server="my server";/)
    t.match(named('a";b=c'), /server="a\\";b=c";/)
    t.match(named('back\\slash'), /server="back\\\\slash";/)
    t.match(named('Bücher 100%'), /server="B%C3%BCcher 100%25";/)
    t.match(named('a\r\nSet-Cookie: x'), /server="a%0D%0ASet-Cookie: x";/)
    t.match(named('\ud800'), /server="%EF%BF%BD";/)
    t.match(named(''), /server="";/)
    for (const name of ['a\u0000b', '\u{1f600}', '\u007f']) t.match(named(name), /^[\x20-\x7e]+$/)
  },
)
