import { verdictTable } from '../endurance/tables.mjs'

/** The long run in short. */
export const enduranceSection = result => {
  if (result === undefined) return []
  const { minutes, warmUpMinutes, requests, failed, connections, verdicts } = result
  return [
    `${minutes} minutes at full load (GET 1 KiB, POST 4 KiB, GET 100 KiB, ${connections} connections, sessions on two ` +
      `servers), behind ${warmUpMinutes} that do not count: ${(requests / 1e6).toFixed(1)} million requests, ${failed} failed.`,
    verdictTable(verdicts),
  ]
}
