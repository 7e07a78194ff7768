import { quote } from '../diagnostics.ts'
import { type Lint, propertyOf, type Report, type Rule, written } from './rule.ts'

/** Settings of the whole file. */
export const globalRules: readonly Rule[] = [
  {
    code: 'L38',
    severity: 'warning',
    title: 'RemoveSpecialHeaders="false"',
    check: (lint, report) => {
      for (const cluster of lint.config.clusters) {
        if (cluster.removeSpecialHeaders) continue
        report(cluster, 'RemoveSpecialHeaders', {
          message: `cluster ${quote(cluster.name)} keeps private headers that clients send`,
          effect: 'a client can pretend to be another address, or another user',
          advice: 'write RemoveSpecialHeaders="true"',
        })
      }
    },
  },
  {
    code: 'L39',
    severity: 'warning',
    title: 'TrustedProxyEnable without TrustedProxyGroup, or the other way round',
    check: (lint, report) => {
      const { settings, trustedProxies } = lint.config
      const group = lint.reading.origins.ofOne(trustedProxies)
      if (settings.trustedProxyEnable && trustedProxies.length === 0) {
        report(lint.config, 'TrustedProxyEnable', {
          message: 'TrustedProxyEnable is true, but no TrustedProxy is listed',
          effect: 'no proxy is trusted: the switch does nothing',
          advice: 'add a TrustedProxyGroup with a TrustedProxy for each proxy',
        })
      } else if (!settings.trustedProxyEnable && group !== undefined) {
        report(group, undefined, {
          message: 'there is a TrustedProxyGroup, but TrustedProxyEnable is not true',
          effect: 'the list is not used',
          advice: 'write TrustedProxyEnable="true" on Config, or remove the group',
        })
      }
    },
  },
  {
    code: 'X16',
    severity: 'warning',
    title: 'a TrustedProxy that is a range or a wildcard',
    check: (lint, report) => {
      for (const name of lint.config.trustedProxies) {
        if (!/[/*]|\s-\s/.test(name)) continue
        report(lint.config.trustedProxies, undefined, {
          message: `TrustedProxy ${quote(name)} is not a single host`,
          effect: 'no proxy has that name: it is never trusted',
          advice: 'write one TrustedProxy for each host name or address',
        })
      }
    },
  },
  {
    code: 'L41',
    severity: 'warning',
    title: 'ESIInvalidationMonitor="true"',
    check: (lint, report) => {
      const monitor = propertyOf(lint.config.properties, 'ESIInvalidationMonitor')
      if (monitor?.value.trim().toLowerCase() !== 'true') return
      report(monitor, 'Value', {
        message: 'ESIInvalidationMonitor is true',
        effect: 'servers without the DynaCacheEsi application answer with errors',
        advice: 'write false unless that application is installed on every server',
      })
    },
  },
  {
    code: 'L42',
    severity: 'note',
    title: 'ESIEnable is absent',
    check: (lint, report) => {
      if (propertyOf(lint.config.properties, 'ESIEnable') !== undefined) return
      report(lint.config, undefined, {
        message: 'there is no property ESIEnable',
        effect: 'its default differs between releases of the plug-in; here ESI is off',
        advice: 'write <Property Name="ESIEnable" Value="false"/>',
      })
    },
  },
  {
    code: 'L43',
    severity: 'note',
    title: 'a large ESIMaxCacheSize',
    check: (lint, report) => {
      const size = propertyOf(lint.config.properties, 'ESIMaxCacheSize')
      if (size === undefined || !(Number(size.value) >= 65_536)) return
      report(size, 'Value', {
        message: `ESIMaxCacheSize is ${quote(size.value)}; the unit is KiB, in each process`,
        effect: 'many web server processes together may run out of memory',
        advice: 'write the KiB that one process may use, such as 1024',
      })
    },
  },
  {
    code: 'L45',
    severity: 'note',
    title: 'RefreshInterval is very short, very long, or switched off',
    check: (lint, report) => {
      const interval = lint.config.settings.refreshIntervalMs
      if (interval === null) {
        refreshInterval(lint, report, 'RefreshInterval is switched off', neverSeen)
      } else if (interval < 5000) {
        const effect = 'the file is looked at for nearly every request'
        refreshInterval(lint, report, `RefreshInterval is ${interval / 1000} s`, effect)
      } else if (interval >= 3_600_000) {
        const effect = 'changes of the file are seen very late'
        refreshInterval(lint, report, `RefreshInterval is ${interval / 1000} s`, effect)
      }
    },
  },
  {
    code: 'L47',
    severity: 'warning',
    title: 'LogLevel="Trace" left on',
    check: (lint, report) => {
      const { log } = lint.config
      if (log?.level !== 'trace') return
      report(log, 'LogLevel', {
        message: 'LogLevel is Trace',
        effect:
          'the log grows without bound, and holds every header; the plug-in does not start on a log near 2 GB',
        advice: 'write LogLevel="Error" when the trace has been taken',
      })
    },
  },
  {
    code: 'L52',
    severity: 'warning',
    title: 'IntelligentManagement without static routes, or with a relative TraceSpecification',
    check: (lint, report) => {
      const { intelligentManagement: management, routes, virtualHostGroups } = lint.config
      if (management === undefined) return
      if (routes.length === 0 || virtualHostGroups.length === 0) {
        report(management, undefined, {
          message: 'there is IntelligentManagement, but no static VirtualHostGroup and Route',
          effect: 'some levels of the plug-in fail to initialise; here nothing is routed',
          advice: 'keep the static part of the file beside it',
        })
      }
      for (const trace of management.traceSpecifications ?? []) {
        const { name } = trace
        if (name === undefined || !/[\\/.]/.test(name) || /^(?:\/|[A-Za-z]:)/.test(name)) continue
        report(trace, written(lint, trace, 'name'), {
          message: `TraceSpecification names the relative file ${quote(name)}`,
          effect: 'the plug-in may not find it, and not set up its dynamic routing',
          advice: 'write an absolute path',
        })
      }
    },
  },
]

const neverSeen = 'changes of the file are never seen'

const refreshInterval = (lint: Lint, report: Report, message: string, effect: string): void =>
  report(lint.config, 'RefreshInterval', {
    message,
    effect,
    advice: 'write RefreshInterval="60"',
  })
