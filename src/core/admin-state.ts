/**
 * What an operator has said about a server, beside what requests have found out. Ours; the plug-in has nothing like it,
 * its manuals take the line of a server out of PrimaryServers, which cuts off its sessions too.
 *
 * - `in-service`: as the plug-in has it.
 * - `draining`: sessions that name it stay, also when they are tried again there; new work passes it by.
 * - `stopped`: nobody gets there.
 *
 * For new work both are as if the lists did not have the server: it takes no turn, holds up no reset of the weights,
 * keeps no backup out of play, and is not tried after a failure elsewhere. Where the lists would be empty that way, the
 * client gets 503. Requests under way finish wherever they are. The ClusterAddress is always in service.
 */
export type AdminState = 'in-service' | OutOfService

export type OutOfService = 'draining' | 'stopped'
