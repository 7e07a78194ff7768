/** What a decision header tells. */
export interface Decision {
  readonly code: string
  readonly server: string | undefined
  readonly cluster: string | undefined
  /** 0: no router was asked. */
  readonly exchange: number
}

/** `AFF>DOWN>RR; server=member2; cluster=c1; exchange=17`: printable ASCII, whatever the names are. */
export const decisionText = ({ code, server, cluster, exchange }: Decision): string => {
  const parts = [code.replaceAll('…', '...')]
  if (server !== undefined) parts.push(`server=${nameText(server)}`)
  if (cluster !== undefined) parts.push(`cluster=${nameText(cluster)}`)
  if (exchange > 0) parts.push(`exchange=${exchange}`)
  return parts.join('; ')
}

/** As it is where it is a word; else in quotes, with what is not ASCII as percent-encoded UTF-8. */
const nameText = (name: string): string => {
  if (/^[\w!#$&'*+.^`|~/-]+$/.test(name)) return name
  const bytes = Buffer.from(name).toString('latin1')
  const ascii = bytes.replace(/[^\x20-\x24\x26-\x7e]/g, percentEncoded)
  return `"${ascii.replace(/["\\]/g, '\\$&')}"`
}

const percentEncoded = (byte: string): string =>
  `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
