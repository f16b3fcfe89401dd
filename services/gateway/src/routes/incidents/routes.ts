import type { Gateway } from '../../zod-routes.ts'
import { addIncidentCommands, type IncidentCommandOptions } from './command-routes.ts'
import { addIncidentReads, type IncidentReadOptions } from './read-routes.ts'

export type IncidentOptions = IncidentCommandOptions & IncidentReadOptions

/** Everything under `/ops/incidents`. Commands are counted over all gateways, questions in this one. */
export async function addIncidents(scope: Gateway, options: IncidentOptions): Promise<void> {
  await scope.register((reads: Gateway) => addIncidentReads(reads, options))
  await scope.register((commands: Gateway) => addIncidentCommands(commands, options))
}
