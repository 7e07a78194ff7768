/** What `parseUrl` takes apart, as a pattern for the JSON Schema of scenarios. */
export const urlPattern = '^[Hh][Tt][Tt][Pp][Ss]?://[^/?#\\s]+[^\\s]*$'
