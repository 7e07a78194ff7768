import t from 'tap'
import { change, found } from '../support.ts'
import { lintTests } from './support.ts'

const group = 'Config/VirtualHostGroup[hosts]'

lintTests(
  [
    [
      'a host without port',
      'L15',
      [['*:80', 'shop.example.com']],
      'Name="shop.example.com"',
      `${group}/VirtualHost[shop.example.com]@Name`,
    ],
    ['a star without port', 'L15', [['*:80', '*']], 'Name="*"', `${group}/VirtualHost[*]@Name`],
    [
      'an IPv6 address without port',
      'L15',
      [['*:80', '[::1]']],
      'Name="[::1]"',
      `${group}/VirtualHost[[::1]]@Name`,
    ],
    [
      'a wildcard for a part of the host',
      'L16',
      [['*:80', '*.example.com:80']],
      'Name="*.example.com:80"',
      `${group}/VirtualHost[*.example.com:80]@Name`,
    ],
    [
      'a scheme',
      'L16',
      [['*:80', 'http://shop:80']],
      'Name="http://shop:80"',
      `${group}/VirtualHost[http://shop:80]@Name`,
    ],
    [
      'a path',
      'L16',
      [['*:80', 'shop:80/app']],
      'Name="shop:80/app"',
      `${group}/VirtualHost[shop:80/app]@Name`,
    ],
    [
      'a port that is no number',
      'L16',
      [['*:80', 'shop:web']],
      'Name="shop:web"',
      `${group}/VirtualHost[shop:web]@Name`,
    ],
    [
      'a port beyond 65535',
      'L16',
      [['*:80', 'shop:65536']],
      'Name="shop:65536"',
      `${group}/VirtualHost[shop:65536]@Name`,
    ],
    ['no host', 'L16', [['*:80', ':80']], 'Name=":80"', `${group}/VirtualHost[:80]@Name`],
    [
      'a blank inside',
      'L16',
      [['*:80', 'shop .com:80']],
      'Name="shop .com:80"',
      `${group}/VirtualHost[shop .com:80]@Name`,
    ],
    [
      'an IPv6 address without brackets',
      'L16',
      [['*:80', '2001:db8::1']],
      'Name="2001:db8::1"',
      `${group}/VirtualHost[2001:db8::1]@Name`,
    ],
    [
      'a transport port that is an alias of admin_host',
      'L58',
      [
        [
          '<ServerCluster',
          '<VirtualHostGroup Name="admin_host"><VirtualHost Name="*:9443"/></VirtualHostGroup><ServerCluster',
        ],
        ['Hostname="two" Port="9443"', 'Hostname="two" Port="9444"'],
      ],
      'Port="9443"',
      'Config/ServerCluster[shop]/Server[s1]/Transport@Port',
    ],
    [
      'a virtual host twice in one group',
      'X14',
      [['"*:443"', '"*:80"']],
      'Name="*:80"',
      `${group}/VirtualHost[*:80]@Name`,
    ],
    [
      'a path twice in one group',
      'X14',
      [['<Uri Name="/shop/*"/>', '<Uri Name="/shop/*"/> <Uri Name="/shop/*"/>']],
      'Name="/shop/*"',
      'Config/UriGroup[uris]/Uri[/shop/*]@Name',
    ],
  ],
  [
    ['host and port', 'L15', [['*:80', 'shop:80']]],
    ['any port', 'L15', [['*:80', 'shop:*']]],
    ['what is no alias at all', 'L15', [['*:80', 'http://shop']]],
    ['host and port', 'L16', [['*:80', 'shop.example.com:80']]],
    ['everything', 'L16', [['*:80', '*:*']]],
    ['an IPv6 address in brackets', 'L16', [['*:80', '[2001:db8::1]:80']]],
    ['a host without port is L15', 'L16', [['*:80', 'shop']]],
    ['a name that is missing is X11', 'L16', [['Name="*:80"', '']]],
    [
      'a group admin_host with other ports',
      'L58',
      [
        [
          '<ServerCluster',
          '<VirtualHostGroup Name="admin_host"><VirtualHost Name="*:9043"/></VirtualHostGroup><ServerCluster',
        ],
      ],
    ],
    [
      'the same host on two ports',
      'X14',
      [
        ['*:80', 'shop:80'],
        ['*:443', 'shop:443'],
      ],
    ],
    [
      'paths that differ in case',
      'X14',
      [['<Uri Name="/shop/*"/>', '<Uri Name="/shop/*"/><Uri Name="/Shop/*"/>']],
    ],
  ],
)

t.test('L16 says what is wrong with the alias', async t => {
  const problem = (alias: string): string | undefined =>
    found(change(['*:80', alias]), 'L16')[0]?.message
  t.match(problem('sh*p:80'), /wildcard for a part/)
  t.match(problem('https://shop'), /scheme/)
  t.match(problem('shop/x'), /path/)
  t.match(problem('a:b:c'), /more than one colon/)
  t.match(problem('shop:0'), /ports go up to 65535/)
  t.match(problem('shop:'), /has "" for a port/)
})
