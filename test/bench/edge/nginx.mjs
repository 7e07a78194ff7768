import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { retrySeconds, sessions } from './scenarios.mjs'
import { authorityFile, serverName } from './trust.mjs'

/**
 * The session's server by a map on its cookie, with the others behind it as backups.
 *
 * @param {import('./contenders.mjs').Place & { port: number }} place
 */
export const nginx = place => {
  const { folder, port } = place
  const servers = sessions(place)
  const text = `
daemon off; worker_processes 1; pid ${join(folder, `${port}-nginx.pid`)}; error_log stderr crit;
${process.getuid() === 0 ? 'user root;' : ''}
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 600s;
  ${temporaryPaths(folder)}
  ${servers.map(([name]) => upstream(name, servers)).join('')}
  map $cookie_JSESSIONID $session {
    default s1; ${servers.map(([name]) => `~:${name}$ ${name};`).join(' ')}
  }
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  server {
    listen 127.0.0.1:${port};
    location / {
      ${destination(place)}
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_buffers 16 16k;
    }
  }
}
`
  return { name: 'nginx.conf', text, command: ['nginx', '-c'] }
}

const upstream = (name, servers) => {
  const others = servers.filter(([other]) => other !== name && other !== 'dead')
  const [, own] = servers.find(([other]) => other === name)
  return `
  upstream ${name} {
    server 127.0.0.1:${own} max_fails=1 fail_timeout=${retrySeconds}s;
    ${others.map(([, number]) => `server 127.0.0.1:${number} backup;`).join(' ')}
    keepalive 64; keepalive_requests 1000000000;
  }`
}

const destination = place =>
  place.tls
    ? `proxy_pass https://$session; proxy_ssl_verify on; proxy_ssl_name ${serverName};
      proxy_ssl_trusted_certificate ${authorityFile(place)};`
    : 'proxy_pass http://$session;'

const temporaryPaths = folder =>
  ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map(kind => {
      const path = join(folder, `nginx-${kind}`)
      mkdirSync(path, { recursive: true })
      return `${kind}_temp_path ${path};`
    })
    .join(' ')
