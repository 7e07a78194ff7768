import t from 'tap'
import { maskedValue, maskUrl } from '../../src/log/secrets.ts'

const fields: readonly (readonly [name: string, value: string, shown: string])[] = [
  ['Cookie', 'JSESSIONID=0001abc:m1; lang=de', 'JSESSIONID=***; lang=***'],
  ['Cookie', 'broken', '***'],
  ['cookie', 'a=1;', 'a=***;'],
  ['Set-Cookie', 'JSESSIONID=0001abc:m1; Path=/; HttpOnly', 'JSESSIONID=***; Path=/; HttpOnly'],
  ['SET-COOKIE', 'a=1', 'a=***'],
  ['Authorization', 'Basic dTpw', 'Basic ***'],
  ['Proxy-Authorization', 'token', '***'],
  ['X-Api-Key', 'k', '***'],
  ['$WSSI', '0a0b', '***'],
  ['$WSCC', '', ''],
  ['Location', '/a;jsessionid=0001abc:m1?x=1', '/a;jsessionid=***?x=1'],
  ['Content-Type', 'text/html;charset=utf-8', 'text/html;charset=utf-8'],
  ['$WSPR', 'HTTP/1.1', 'HTTP/1.1'],
]
for (const [name, value, shown] of fields) {
  t.test(`${name}: ${value} is logged as ${shown || 'nothing'}`, async t => {
    t.equal(maskedValue(name, value), shown)
  })
}

t.test('the session id in a URL is masked, its query is not', async t => {
  t.equal(maskUrl('/a;jsessionid=0001:m1;v=2/b?c=;d=3#e'), '/a;jsessionid=***;v=***/b?c=;d=***#e')
  t.equal(maskUrl('/plain?x=1'), '/plain?x=1')
})
