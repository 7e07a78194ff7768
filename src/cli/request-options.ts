import { tokenVariable } from '../admin/token.ts'
import { defaultSeed } from '../simulate/simulate.ts'
import type { Options } from './arguments.ts'

/** What an imagined request is, and what it meets: the options that the commands about one request share. */
export const requestOptions = {
  method: { value: 'METHOD', help: 'request method; default GET' },
  header: {
    value: "'NAME: VALUE'",
    repeated: true,
    help: 'request header; Host and Cookie count, Host in place of the one in the URL',
  },
  cookie: { value: 'NAME=VALUE', repeated: true, help: 'Cookie header' },
  body: { value: 'BYTES', help: 'size of the request body; default none' },
  'local-port': { value: 'PORT', help: 'port the request came in on, for VHostMatchingCompat' },
  down: {
    value: 'NAME[=SECONDS]',
    repeated: true,
    help: 'marked down, SECONDS left on the retry timer; default the whole interval, 0 expired',
  },
  busy: { value: 'NAME', repeated: true, help: 'at its MaxConnections' },
  seed: { value: 'N', help: `seed of the random source; default ${defaultSeed}` },
} as const satisfies Options

/** How a running edge is asked. */
export const attachOptions = {
  attach: {
    value: 'ADDRESS',
    help: 'admin endpoint of a running edge, as serve --console-port prints it',
  },
  token: {
    value: 'TOKEN',
    help: `token of that endpoint, where it wants one for reading; default what ${tokenVariable} says`,
  },
} as const satisfies Options
