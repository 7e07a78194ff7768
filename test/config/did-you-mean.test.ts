import t from 'tap'
import { closest, didYouMean } from '../../src/config/did-you-mean.ts'

const names = ['RefreshInterval', 'RetryInterval', 'Name', 'SSLConsolidate']

t.test('the closest name that is close enough', async t => {
  t.equal(closest('RefreshIntervall', names), 'RefreshInterval')
  t.equal(closest('retryinterval', names), 'RetryInterval')
  t.equal(closest('Nam', names), 'Name')
  t.equal(closest('SSLConsolidatedConfig', names), 'SSLConsolidate')
  t.equal(closest('Frobnicate', names), undefined)
  t.equal(closest('Port', names), undefined)
  t.equal(closest('x'.repeat(65), names), undefined)
  t.equal(closest('Name', []), undefined)
})

t.test('as the end of a sentence', async t => {
  t.equal(didYouMean('Nmae', ['Name', 'Value']), '')
  t.equal(didYouMean('Namee', ['Name', 'Value']), '; did you mean Name?')
})
