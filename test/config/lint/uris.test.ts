import { lintTests } from './support.ts'

const path = (name: string): string => `Config/UriGroup[uris]/Uri[${name}]@Name`

lintTests(
  [
    ['no leading slash', 'L17', [['/shop/*', 'shop/*']], 'Name="shop/*"', path('shop/*')],
    ['a query', 'L17', [['/shop/*', '/shop?a=1']], 'Name="/shop?a=1"', path('/shop?a=1')],
    ['a fragment', 'L17', [['/shop/*', '/shop#top']], 'Name="/shop#top"', path('/shop#top')],
    ['a path parameter', 'L17', [['/shop/*', '/shop;v=1']], 'Name="/shop;v=1"', path('/shop;v=1')],
    ['a whole URL', 'L17', [['/shop/*', 'http://h/shop']], 'Name="http:', path('http://h/shop')],
    ['an encoded blank', 'L17', [['/shop/*', '/my%20shop/*']], 'Name="/my', path('/my%20shop/*')],
    ['a blank at the end', 'L17', [['/shop/*', '/shop/* ']], 'Name="/shop/* "', path('/shop/* ')],
    ['a dot segment', 'L17', [['/shop/*', '/shop/../a']], 'Name="/shop/', path('/shop/../a')],
    ['only a context root', 'L18', [['/shop/*', '/shop']], 'Name="/shop"', path('/shop')],
  ],
  [
    ['a context root with wildcard', 'L17', []],
    ['an extension', 'L17', [['/shop/*', '*.jsp']]],
    ['a wildcard inside', 'L17', [['/shop/*', '/shop/*.gif']]],
    ['a per cent sign that encodes nothing', 'L17', [['/shop/*', '/100%/*']]],
    ['everything', 'L17', [['/shop/*', '/*']]],
    ['a context root with wildcard', 'L18', []],
    ['both the context root and what is below it', 'L18', [['<Uri', '<Uri Name="/shop"/><Uri']]],
    ['a page', 'L18', [['/shop/*', '/index.html']]],
    ['a servlet below the context root', 'L18', [['/shop/*', '/shop/info']]],
    ['a path that containers answer themselves', 'L18', [['/shop/*', '/j_security_check']]],
    [
      'everything is routed anyway',
      'L18',
      [['<Uri Name="/shop/*"/>', '<Uri Name="/*"/><Uri Name="/a"/>']],
    ],
  ],
)
