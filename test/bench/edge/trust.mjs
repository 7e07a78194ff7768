import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What the servers on TLS call themselves in their certificate. */
export const serverName = 'app.example'

/** A file with the authority that has signed the certificate of the servers. */
export const authorityFile = ({ folder, certificates }) => {
  const file = join(folder, 'authority.pem')
  writeFileSync(file, certificates.authority)
  return file
}
