import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { installed } from '../processes.mjs'

/** Where distributions keep the modules of Apache. */
const moduleFolders = [
  process.env.APACHE_MODULES,
  '/usr/lib/apache2/modules',
  '/usr/lib64/httpd/modules',
  '/usr/local/apache2/modules',
].filter(folder => folder !== undefined && existsSync(folder))

const apache = ['apache2', 'httpd'].find(installed)
const moduleFile = name =>
  moduleFolders.map(folder => join(folder, `${name}.so`)).find(file => existsSync(file))

/**
 * The servers that are no Node programs: those that are installed with what they need, and the names of the others.
 * Each runs in one process in the foreground, with sessions that stay on their server.
 */
export const nativeContenders = () => {
  const all = [
    { name: 'nginx', there: installed('nginx'), failover: true, prepare: nginx },
    { name: 'HAProxy', there: installed('haproxy'), failover: true, prepare: haproxy },
    {
      name: 'Apache mod_proxy_balancer',
      there: apache !== undefined && moduleFile('mod_proxy_balancer') !== undefined,
      failover: true,
      prepare: modProxyBalancer,
    },
    {
      name: 'Apache mod_jk',
      there: apache !== undefined && moduleFile('mod_jk') !== undefined,
      failover: true,
      separator: '.',
      prepare: modJk,
    },
  ]
  return {
    found: all.filter(({ there }) => there),
    missing: all.filter(({ there }) => !there).map(({ name }) => name),
  }
}

const write = (folder, name, text) => {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

const temporaryPaths = folder =>
  ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map(kind => {
      const path = join(folder, `nginx-${kind}`)
      mkdirSync(path, { recursive: true })
      return `${kind}_temp_path ${path};`
    })
    .join(' ')

const nginx = ({ folder, port, ports }) => {
  const server = number => `server 127.0.0.1:${number}`
  const upstream = (name, first, ...others) => `
  upstream ${name} {
    ${server(first)} max_fails=1 fail_timeout=1s;
    ${others.map(number => `${server(number)} backup;`).join(' ')}
    keepalive 64; keepalive_requests 1000000000;
  }`
  const text = `
daemon off; worker_processes 1; pid ${join(folder, 'nginx.pid')}; error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 600s;
  ${temporaryPaths(folder)}
  ${upstream('s1', ports.s1, ports.s2)}
  ${upstream('s2', ports.s2, ports.s1)}
  ${upstream('dead', ports.dead, ports.s1, ports.s2)}
  map $cookie_JSESSIONID $session { default s1; ~:s1$ s1; ~:s2$ s2; ~:dead$ dead; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://$session;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
    }
  }
}
`
  return ['nginx', ['-c', write(folder, 'nginx.conf', text)]]
}

const haproxy = ({ folder, port, ports }) => {
  const text = `
global
  nbthread 1
  maxconn 4096
defaults
  mode http
  option http-keep-alive
  option redispatch
  retries 1
  timeout connect 5s
  timeout client 600s
  timeout server 600s
frontend clients
  bind 127.0.0.1:${port}
  default_backend servers
backend servers
  balance roundrobin
  http-reuse always
  option forwardfor
  cookie SRV insert indirect nocache
  server s1 127.0.0.1:${ports.s1} cookie s1
  server s2 127.0.0.1:${ports.s2} cookie s2
  server dead 127.0.0.1:${ports.dead} cookie dead
`
  return ['haproxy', ['-db', '-f', write(folder, 'haproxy.cfg', text)]]
}

/** One process with threads, which is what the plug-in's own web server is in its usual form. */
const apacheCommon = ({ folder, port }, name) => {
  const files = ['mpm_event', 'authz_core', 'unixd'].flatMap(short => {
    const file = moduleFile(`mod_${short}`)
    return file === undefined ? [] : [`LoadModule ${short}_module "${file}"`]
  })
  return `
${files.join('\n')}
ServerName bench.example
ServerRoot "${folder}"
DefaultRuntimeDir "${folder}"
PidFile "${join(folder, `${name}.pid`)}"
ErrorLog "${join(folder, `${name}.log`)}"
LogLevel crit
Listen 127.0.0.1:${port}
ServerLimit 1
StartServers 1
ThreadLimit 256
ThreadsPerChild 256
MinSpareThreads 256
MaxSpareThreads 256
MaxRequestWorkers 256
MaxConnectionsPerChild 0
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 600
`
}

const modProxyBalancer = place => {
  const { folder, ports } = place
  const modules = ['proxy', 'proxy_http', 'slotmem_shm', 'proxy_balancer', 'lbmethod_byrequests']
  const member = name =>
    `  BalancerMember "http://127.0.0.1:${ports[name]}" route=${name} keepalive=On max=256 smax=256 ttl=600 retry=1`
  const text = `${apacheCommon(place, 'balancer')}
${modules.map(name => `LoadModule ${name}_module "${moduleFile(`mod_${name}`)}"`).join('\n')}
ProxyPreserveHost On
<Proxy "balancer://bench">
${['s1', 's2', 'dead'].map(member).join('\n')}
  ProxySet stickysession=JSESSIONID|jsessionid stickysessionsep=: scolonpathdelim=On
</Proxy>
ProxyPass "/" "balancer://bench/"
`
  return [apache, ['-X', '-f', write(folder, 'balancer.conf', text)]]
}

const modJk = place => {
  const { folder, ports } = place
  const worker = (name, port) => `
JkWorkerProperty worker.${name}.type=ajp13
JkWorkerProperty worker.${name}.host=127.0.0.1
JkWorkerProperty worker.${name}.port=${port}
JkWorkerProperty worker.${name}.connection_pool_size=256`
  const text = `${apacheCommon(place, 'jk')}
LoadModule jk_module "${moduleFile('mod_jk')}"
JkShmFile "${join(folder, 'jk.shm')}"
JkLogFile "${join(folder, 'jk.log')}"
JkLogLevel error
JkWorkerProperty worker.list=bench
${worker('s1', ports.ajp1)}${worker('s2', ports.ajp2)}${worker('dead', ports.dead)}
JkWorkerProperty worker.bench.type=lb
JkWorkerProperty worker.bench.balance_workers=s1,s2,dead
JkWorkerProperty worker.bench.sticky_session=1
JkWorkerProperty worker.bench.recover_time=1
JkMount /* bench
`
  return [apache, ['-X', '-f', write(folder, 'jk.conf', text)]]
}
