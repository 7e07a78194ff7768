import { otherCodes, rules } from '../../../src/config/lint/rules.ts'
import { type RuleGroup, ruleGroup } from '../rule.ts'

// The words of a finding are those of the checker itself; here is only what it rests on.
const group = ruleGroup(
  'Findings of `plugin-cfg check`',
  `
L01 | D | *
L02 | D I | *
  ? a file of two Config elements under one root: refused as a whole, or read up to the end of the
    first
L03 | D | *
L04 | S | *
L05 | S | *
L06 | R | *
  ? a Route with neither group: does everything go to its cluster
L07 | D | *
L08 | D | *
L09 | S | *
L10 | S | *
L11 | D | *
L12 | D | *
L13 | D | *
L14 | D | *
L15 | R | *
  ? an alias without port, and a request on 443
L16 | R I | *
  ? *.example.com:80 and a request for shop.example.com
L17 | I | *
  ? a Uri such as app/* without its first slash
L18 | R | *
  ? a Uri /ctx and a request for /ctx/page
L19 | I | *
  ? static files of the web server when such a Route is there
L20 | S | *
L21 | D | *
L22 | S | *
L23 | D | *
L24 | D | *
L25 | D | *
L26 | D | *
L27 | D | *
L28 | D | *
L29 | D | *
L30 | D | *
L31 | D | *
L32 | D | *
L33 | S I | *
  = X6 says what to look at
L34 | D | *
L35 | S R | *
  ? an https transport without keyring: what is logged at load, and where https requests go
L36 | R | *
  ? an expired signer: the code of GSKit in the log, and whether the server is marked down
L37 | D | *
L38 | D | *
L39 | D S | *
L40 | D | *
L41 | D | *
L42 | D | *
L43 | D | *
L44 | D I | *
  = E4 says what to look at
L45 | D | *
L46 | D | *
L47 | D | *
L48 | D | *
L49 | D | *
L50 | R | *
  ? a generated file that was not propagated: the old one stays in force, nothing is logged
L51 | S | *
  - files are not merged by this package
L52 | S | *
L53 | S | *
  - files are not merged by this package
L54 | S | *
L55 | S I | *
  = E8 and E9 say what to look at
L56 | I | *
  ? ConnectTimeout on a ServerCluster: is it in force for its servers
L57 | I | *
  ? Port="0" or Protocol="ajp": what is logged at load
L58 | D | *
L59 | S I | *
  ? a Uri with a letter beyond ASCII: does it match as it is, or percent-encoded
L60 | R | *
  = E12 says what to look at
L61 | D | *
L62 | D | *
L63 | S | *
L64 | D | *
L65 | S | *
L66 | S | *
L67 | S | *
`,
)

const words = new Map([
  ...rules.map(({ code, title }) => [code, title] as const),
  ...otherCodes.map(
    ({ code, title, by }) =>
      [code, by === 'found while reading' ? title : `${title} (${by})`] as const,
  ),
])

export const findings: RuleGroup = {
  ...group,
  rules: group.rules.map(rule => ({ ...rule, text: words.get(rule.id) ?? rule.text })),
}
