import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { installed } from '../processes.mjs'
import { retrySeconds, sessions } from './scenarios.mjs'
import { authorityFile } from './trust.mjs'

/** Where distributions keep the modules of Apache. */
const moduleFolders = [
  process.env.APACHE_MODULES,
  '/usr/lib/apache2/modules',
  '/usr/lib64/httpd/modules',
  '/usr/local/apache2/modules',
].filter(folder => folder !== undefined && existsSync(folder))

/** Its name where it is installed. */
export const apacheProgram = ['apache2', 'httpd'].find(installed)

/** The file of a module, which may not exist. */
export const moduleFile = name => {
  const files = moduleFolders.map(folder => join(folder, `${name}.so`))
  return files.find(existsSync) ?? `${name}.so`
}

/** Those that are not compiled into the program, as each distribution sees it. */
const load = (names, optional = false) =>
  names
    .map(name => [name, moduleFile(`mod_${name}`)])
    .filter(([, file]) => !optional || existsSync(file))
    .map(([name, file]) => `LoadModule ${name}_module "${file}"`)
    .join('\n')

/**
 * One process with threads, which is what the plug-in's own web server is in its usual form. Idle clients hold no
 * thread, but are counted against threads: a thousand of them fit beside those that are busy.
 */
const common = ({ folder, port }) => `
${load(['mpm_event', 'authz_core', 'unixd'], true)}
ServerName bench.example
ServerRoot "${folder}"
DefaultRuntimeDir "${folder}"
PidFile "${join(folder, `${port}.pid`)}"
ErrorLog "${join(folder, `${port}.log`)}"
LogLevel crit
${process.getuid() === 0 ? 'User nobody\nGroup nogroup' : ''}
Listen 127.0.0.1:${port}
ServerLimit 1
StartServers 1
ThreadLimit 256
ThreadsPerChild 256
MinSpareThreads 256
MaxSpareThreads 256
MaxRequestWorkers 256
AsyncRequestWorkerFactor 16
MaxConnectionsPerChild 0
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 600
`

/** @param {import('./contenders.mjs').Place & { port: number }} place */
export const modProxyBalancer = place => {
  const scheme = place.tls ? 'https' : 'http'
  const how = `keepalive=On max=256 smax=256 ttl=600 retry=${retrySeconds} upgrade=websocket`
  const members = sessions(place).map(
    ([name, port]) => `  BalancerMember "${scheme}://127.0.0.1:${port}" route=${name} ${how}`,
  )
  // Servers are named by their address here, so that their name cannot be compared.
  const trust = place.tls
    ? `${load(['ssl'])}
SSLProxyEngine on
SSLProxyVerify require
SSLProxyCheckPeerName off
SSLProxyCACertificateFile "${authorityFile(place)}"`
    : ''
  const text = `${common(place)}
${load(['proxy', 'proxy_http', 'slotmem_shm', 'proxy_balancer', 'lbmethod_byrequests'])}
${trust}
ProxyPreserveHost On
<Proxy "balancer://bench">
${members.join('\n')}
  ProxySet stickysession=JSESSIONID|jsessionid stickysessionsep=: scolonpathdelim=On
</Proxy>
ProxyPass "/" "balancer://bench/"
`
  return { name: 'balancer.conf', text, command: [apacheProgram, '-X', '-f'] }
}

/** @param {import('./contenders.mjs').Place & { port: number }} place */
export const modJk = place => {
  const { folder, port, ports } = place
  const worker = (name, number) => `
JkWorkerProperty worker.${name}.type=ajp13
JkWorkerProperty worker.${name}.host=127.0.0.1
JkWorkerProperty worker.${name}.port=${number}
JkWorkerProperty worker.${name}.connection_pool_size=256`
  const text = `${common(place)}
${load(['jk'])}
JkShmFile "${join(folder, `${port}-jk.shm`)}"
JkLogFile "${join(folder, `${port}-jk.log`)}"
JkLogLevel error
JkWorkerProperty worker.list=bench
JkWorkerProperty worker.maintain=${retrySeconds}
${worker('s1', ports.ajp1)}${worker('s2', ports.ajp2)}${worker('dead', ports.dead)}
JkWorkerProperty worker.bench.type=lb
JkWorkerProperty worker.bench.balance_workers=s1,s2,dead
JkWorkerProperty worker.bench.sticky_session=1
JkWorkerProperty worker.bench.recover_time=${retrySeconds}
JkMount /* bench
`
  return { name: 'jk.conf', text, command: [apacheProgram, '-X', '-f'] }
}
