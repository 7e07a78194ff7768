/** Why a server cannot listen, and which option to change. */
export const listenProblem = (
  error: NodeJS.ErrnoException,
  port: number,
  host: string,
  options: { readonly port: string; readonly host: string },
): string => {
  switch (error.code) {
    case 'EADDRINUSE':
      return `port ${port} of ${host} is in use; choose another with ${options.port}`
    case 'EACCES':
      return `port ${port} of ${host} may not be used by this user; choose one from 1024 up with ${options.port}`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${host} is not an address of this machine; choose another with ${options.host}`
    default:
      return `cannot listen on port ${port} of ${host}: ${error.code ?? error.message}`
  }
}
