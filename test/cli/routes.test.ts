import { resolve } from 'node:path'
import t from 'tap'
import { captured } from './capture.ts'

const sample = (name: string) => resolve(import.meta.dirname, '../../plugin-cfg', name)

t.test('the route table of a sample', async t => {
  const { status, out, err } = await captured(['routes', sample('figure-5-12.xml')])
  t.equal(status, 0)
  t.equal(err, '')
  t.equal(
    out,
    `   host    URI       cluster        servers                       remark
-  ------  --------  -------------  ----------------------------  ------------------------------------
1  *:80    /snoop/*  PluginCluster  PluginMember1, PluginMember2
2  *:443   /snoop/*  PluginCluster  PluginMember1, PluginMember2
3  *:8080  /snoop/*  PluginCluster  PluginMember1, PluginMember2
4  *:80    /snoop    PluginCluster  PluginMember1, PluginMember2  row 1 of the same Route takes it all
5  *:443   /snoop    PluginCluster  PluginMember1, PluginMember2  row 2 of the same Route takes it all
6  *:8080  /snoop    PluginCluster  PluginMember1, PluginMember2  row 3 of the same Route takes it all
`,
  )
})

t.test('--json has the same rows as data', async t => {
  const { status, out } = await captured(['routes', '--json', sample('backups.xml')])
  t.equal(status, 0)
  t.same(JSON.parse(out), [
    {
      rank: 1,
      host: '*:80',
      uri: '/bank/*',
      cluster: 'BankCluster',
      primaries: ['Primary1', 'Primary2'],
      backups: ['Backup1', 'Backup2'],
      route: 0,
    },
  ])
})

t.test('a file with errors has no route table; its errors are printed', async t => {
  const { status, out, err } = await captured(['routes', '-'], {
    stdin: '<Config><Route ServerCluster="Missing" UriGroup="u"/></Config>',
  })
  t.equal(status, 1)
  t.equal(out, '')
  t.match(err, /^\(stdin\):1:16 error L04 /m)
  t.match(err, /\nplugin-cfg routes: \(stdin\) has \d+ errors and cannot be used\n$/)
})

const wrong = [
  [['routes'], 2, 'plugin-cfg routes: FILE is missing; usage: plugin-cfg routes FILE [--json]\n'],
  [
    ['routes', 'a', 'b'],
    2,
    'plugin-cfg routes: "b" is one operand too many; usage: plugin-cfg routes FILE [--json]\n',
  ],
  [
    ['routes', 'nowhere.xml'],
    1,
    'plugin-cfg routes: cannot read "nowhere.xml": there is no such file\n',
  ],
] as const

for (const [args, status, err] of wrong) {
  t.test(`plugin-cfg ${args.join(' ')} is refused in one line`, async t => {
    t.same(await captured(args), { status, out: '', err })
  })
}

t.test('a table that nobody could read is refused in one line', async t => {
  const hosts = Array.from({ length: 500 }, (_, i) => `<VirtualHost Name="h${i}:80"/>`).join('')
  const uris = Array.from({ length: 201 }, (_, i) => `<Uri Name="/a${i}/*"/>`).join('')
  const stdin = `<Config><VirtualHostGroup Name="v">${hosts}</VirtualHostGroup><UriGroup Name="u">${uris}</UriGroup><ServerCluster Name="C"><Server Name="m1"><Transport Hostname="127.0.0.1" Port="1"/></Server></ServerCluster><Route VirtualHostGroup="v" UriGroup="u" ServerCluster="C"/></Config>`
  t.same(await captured(['routes', '-'], { stdin }), {
    status: 1,
    out: '',
    err: 'plugin-cfg routes: (stdin) has 100500 pairs of virtual host and URI, more than the 100000 that a table can show; explain tells what one request does\n',
  })
})
