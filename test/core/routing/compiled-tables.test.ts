import t from 'tap'
import { CompiledTables } from '../../../src/core/routing/compiled-tables.ts'
import { config, route, uris } from '../../support/configs.ts'

const uriGroups = [uris('u', ['/ab*', '*/ab', '/u/*']), uris('v', ['*/ab', '/v/*'])]

/** What is found for a path by a table of some of these Routes: the Route and its Uri. */
const compile = (groups: readonly string[]) => {
  const routes = groups.map(group => route('Nowhere', undefined, group))
  const tables = new CompiledTables(config({ uriGroups, routes }), new Map())
  return (...indexes: number[]) => {
    const table = tables.tableFor(indexes)
    return (path: string): string | undefined => {
      const found = table.match(path, path.length)
      return found === undefined ? undefined : `${found.route} ${found.uri?.name}`
    }
  }
}

t.test('M5 of two Uris alike in one UriGroup the earlier wins', async t => {
  t.equal(compile(['u'])(0)('/ab'), '0 /ab*')
})

t.test('M5 of two Uris alike in two UriGroups that of the earlier Route wins', async t => {
  t.equal(compile(['v', 'u'])(0, 1)('/ab'), '0 */ab')
  t.equal(compile(['u', 'v'])(0, 1)('/ab'), '0 /ab*')
})

t.test('M6 a table made of another finds nothing where that finds nothing', async t => {
  const tableFor = compile(['u', 'u'])
  t.equal(tableFor(0)('/x'), undefined)
  t.equal(tableFor(1)('/x'), undefined)
})

t.test('M5 a table made of another finds the same Uris in its own Routes', async t => {
  const tableFor = compile(['u', 'v', 'u', 'v'])
  const first = tableFor(0, 1)
  const own = tableFor(2, 3)
  const half = tableFor(0, 3)
  for (const [path, uri, place] of [
    ['/u/x', '/u/*', 0],
    ['/v/x', '/v/*', 1],
    ['/ab', '/ab*', 0],
  ] as const) {
    t.equal(first(path), `${place} ${uri}`)
    t.equal(own(path), `${place + 2} ${uri}`)
    t.equal(half(path), `${place === 0 ? 0 : 3} ${uri}`)
  }
})
