import { renderRoutes } from '../../debug/render.ts'
import { routeRowCount, routeRows } from '../../debug/route-list.ts'
import type { Command } from '../command.ts'
import { expectOperands, nameOf, usableConfig } from '../input.ts'
import { exit, InputError } from '../io.ts'

/** A table of more rows is read by nobody, and takes more time and memory than there is. */
const mostRows = 100_000

/** `plugin-cfg routes`: the route table. */
export const routes: Command = {
  name: 'routes',
  summary: 'the route table: host, URI pattern, cluster, servers',
  usage: 'routes FILE [--json]',
  description:
    'Prints every pair of virtual host and URI pattern in the order in which they win when several\n' +
    'match a request: longer pattern, exact before wildcard, more exact host, earlier Route. Rows that\n' +
    'can never win say why. FILE may be - for standard input.',
  options: {
    json: { help: 'print the rows as a JSON array' },
  },
  examples: ['plugin-cfg routes plugin-cfg/virtual-hosts.xml'],
  status: '0 ok, 1 the file has an error or cannot be read, 2 wrong usage',
  run: async (args, io) => {
    const [file = ''] = expectOperands(args.operands, ['FILE'], routes.usage)
    const config = await usableConfig(file, io)
    const rows = routeRowCount(config)
    if (rows > mostRows) {
      throw new InputError(
        `${nameOf(file)} has ${rows} pairs of virtual host and URI, more than the ${mostRows} that a table can show; explain tells what one request does`,
      )
    }
    io.out(
      args.has('json')
        ? `${JSON.stringify(routeRows(config), null, 2)}\n`
        : `${renderRoutes(config)}\n`,
    )
    return exit.ok
  },
}
