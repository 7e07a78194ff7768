import { retrySeconds, sessions } from './scenarios.mjs'
import { authorityFile, serverName } from './trust.mjs'

/**
 * The session's server by a cookie of its own. Dead servers are found by checks beside the requests, as is usual there.
 *
 * @param {import('./contenders.mjs').Place & { port: number }} place
 */
export const haproxy = place => {
  const trust = place.tls
    ? ` ssl verify required ca-file ${authorityFile(place)} sni str(${serverName}) check-sni ${serverName}`
    : ''
  const check = `check inter ${retrySeconds}s fall 1 rise 1`
  const servers = sessions(place).map(
    ([name, port]) => `  server ${name} 127.0.0.1:${port} cookie ${name} ${check}${trust}`,
  )
  const text = `
global
  nbthread 1
  maxconn 8192
defaults
  mode http
  option http-keep-alive
  option redispatch
  retries 1
  timeout connect 5s
  timeout client 600s
  timeout server 600s
  timeout tunnel 600s
frontend clients
  bind 127.0.0.1:${place.port}
  default_backend servers
backend servers
  balance roundrobin
  http-reuse always
  option forwardfor
  cookie SRV insert indirect nocache
${servers.join('\n')}
`
  return { name: 'haproxy.cfg', text, command: ['haproxy', '-db', '-q', '-f'] }
}
