import t from 'tap'
import { freePort } from '../support/free-port.ts'
import { edgesOnDemand, notInstalled, run } from './behind-edge.ts'

// Plack's suite for HTTP servers, which is made to have another server in front: it takes the port of that as well.

const skip = notInstalled('perl', ['-MPlack::Test::Suite', '-e1'], 'libplack-perl')

const program =
  'use Test::More; Plack::Test::Suite->run_server_tests("HTTP::Server::PSGI", @ARGV); done_testing'

t.test('the tests that Plack has for HTTP servers pass through the edge', { skip }, async t => {
  const port = String(await freePort())
  const { control, passed } = await edgesOnDemand(t)
  const edge = await (await fetch(`http://127.0.0.1:${control}/${port}`)).text()
  const { text } = await run(t, 'perl', ['-MPlack::Test::Suite', '-e', program, port, edge])
  const results = text.split(/^(?=(?:not )?ok \d)/m)
  const failed = results.filter(result => result.startsWith('not ok'))
  t.equal(failed.length, 1, { failed })
  // A server behind another one takes SERVER_PORT from Host, as it should; the suite expects its own port.
  t.match(failed[0], new RegExp(`PATH_INFO:/foo/\\n.*\\n.*\\n.*SERVER_PORT:${edge}\\n`))
  const fine = results.filter(result => result.startsWith('ok'))
  t.ok(fine.length >= 100, `${fine.length} assertions pass`)
  t.ok(passed() > 20, `${passed()} requests came through the edge`)
})
