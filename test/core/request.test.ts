import t from 'tap'
import { bodyIsDropped } from '../../src/core/request.ts'

t.test('E4 bodies of these methods are dropped unless AcceptAllContent is set', async t => {
  for (const method of ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE']) {
    t.equal(bodyIsDropped(method, false), true, method)
    t.equal(bodyIsDropped(method, true), false, method)
  }
})

t.test('E4 bodies of every other method are forwarded', async t => {
  for (const method of ['POST', 'PUT', 'PATCH', 'PROPFIND', '', 'get']) {
    t.equal(bodyIsDropped(method, false), false, method)
    t.equal(bodyIsDropped(method, true), false, method)
  }
})
