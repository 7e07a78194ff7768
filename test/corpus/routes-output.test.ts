import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import t from 'tap'
import { captured } from '../cli/capture.ts'
import { noRealFiles, readRealFiles } from './real-files.ts'

const samples = resolve(import.meta.dirname, '../../plugin-cfg')

/** What `plugin-cfg routes` prints for five of the samples. */
const tables: Readonly<Record<string, string>> = {
  'virtual-hosts.xml': `    host                    URI            cluster  servers
--  ----------------------  -------------  -------  -------
 1  [2001:db8::1]:80        /inside/*.jsp  Info     info1
 2  intranet.example.com:*  /inside/*.jsp  Info     info1
 3  *:80                    /app/info      Info     info1
 4  *:443                   /app/info      Info     info1
 5  [2001:db8::1]:80        /inside/*      Info     info1
 6  intranet.example.com:*  /inside/*      Info     info1
 7  shop.example.com:80     /app/*         Shop     shop1
 8  shop.example.com:443    /app/*         Shop     shop1
 9  *:80                    /app/*         App      app1
10  *:443                   /app/*         App      app1
11  *:80                    *.jsp          App      app1
12  *:443                   *.jsp          App      app1
13  *:80                    /*             Site     site1
14  *:443                   /*             Site     site1
`,
  'weights.xml': `   host  URI          cluster   servers
-  ----  -----------  --------  -------
1  *:80  /hundreds/*  Hundreds  A, B, C
2  *:80  /draining/*  Draining  A, B, C
3  *:80  /counted/*   Counted   A, B
4  *:80  /steps/*     Steps     A, B, C
5  *:80  /drawn/*     Drawn     A, B, C
`,
  'backups.xml': `   host  URI      cluster      servers
-  ----  -------  -----------  ------------------------------------------
1  *:80  /bank/*  BankCluster  Primary1, Primary2 backup Backup1, Backup2
`,
  'liberty-pair.xml': `   host  URI        cluster                      servers
-  ----  ---------  ---------------------------  ------------------------------------------
1  *:80  /orders/*  orders_default_node_Cluster  default_node_orders1, default_node_orders2
`,
  'cluster-address.xml': `   host  URI         cluster  servers
-  ----  ----------  -------  ----------------------------------------
1  *:80  /sprayed/*  Sprayed  ClusterAddress sprayer; member1, member2
`,
}

for (const [name, table] of Object.entries(tables)) {
  t.test(`E1 the route table of ${name} lists who wins before whom`, async t => {
    t.strictSame(await captured(['routes', join(samples, name)]), {
      status: 0,
      out: table,
      err: '',
    })
  })
}

/**
 * The same for five real files, whose text is not ours to repeat: number of lines, and SHA-256 of the output. Who means to
 * change the table looks at the output, then puts the new digest here.
 */
const digests: Readonly<Record<string, readonly [lines: number, sha256: string]>> = {
  '002': [587, 'bc18ee8bbb78d2a453cbef25c5f198c9f4af6144eeac1a40e6562a280d387e3e'],
  '004': [407, '2a878b9aa6d7ac895c7a1f9fce3d664790bddf837c835f6b2b53506ce371be7a'],
  '005': [146, 'ae25834dd40b4ae7b80debb016b0428c3f36b395616e0070d204786d7277416c'],
  '022': [59, '68afb0dfd0629f5b6d40895d3fbf2090fe73a00618657f8b9f4d03fb8a6b4079'],
  '026': [26, 'f337de27ad309d6b34c14f076f72f2b3aa9580f247522d5e46608ded999070ab'],
}

t.test('E1 the route tables of five real files are as they were reviewed', async t => {
  const files = await readRealFiles()
  if (files === null) return t.comment(noRealFiles)
  for (const [key, [lines, digest]] of Object.entries(digests)) {
    const file = files.find(each => each.key === key)
    if (file === undefined) throw new Error(`no file ${key}`)
    const { status, out, err } = await captured(['routes', file.path])
    t.strictSame({ status, err }, { status: 0, err: '' }, key)
    t.equal(out.split('\n').length - 1, lines, `${key} has as many lines`)
    t.equal(createHash('sha256').update(out).digest('hex'), digest, `${key} is the same`)
  }
})
