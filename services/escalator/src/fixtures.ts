import { randomUUID } from 'node:crypto'

import {
  type Actor,
  type AlarmScope,
  type CommandId,
  DEFAULT_ENVIRONMENT,
  DEFAULT_PROJECT,
  type KindName,
  type PrincipalId,
  type RouteName,
  type ServiceName,
  type StoredCommand,
} from '@portcullis/contracts'
import { DEFAULT_ESCALATION_SETTINGS } from '@portcullis/domain'
import { incidentIdOf, verifyChain } from '@portcullis/event-log'
import { verifyProjections } from '@portcullis/projections'
import type { Pool } from 'pg'
import type { Test } from 'tap'

import type { DecisionContext } from './decide-commands.ts'

// For tests: a database as gateways leave it.

/** People who send commands. */
export const ANN: Actor = { kind: 'person', id: 'person_ann' as PrincipalId }
export const BEN: Actor = { kind: 'person', id: 'person_ben' as PrincipalId }

function scopeOf(route: string): AlarmScope {
  return {
    service: 'shop' as ServiceName,
    environment: DEFAULT_ENVIRONMENT,
    route: route as RouteName,
    kind: 'manual' as KindName,
  }
}

/** Returns what decisions on a database of a test depend on. */
export function contextOn(pool: Pool, settings = DEFAULT_ESCALATION_SETTINGS): DecisionContext {
  return {
    pool,
    project: DEFAULT_PROJECT,
    contextAt: (now) => ({ now, settings, channels: ['log'], paused: false }),
  }
}

/** Writes a command as a gateway would, and returns its id. */
export async function accept(
  pool: Pool,
  command: StoredCommand,
  { route, actor = ANN }: { route?: string; actor?: Actor } = {},
): Promise<CommandId> {
  const id = randomUUID() as CommandId
  const incidentId = route === undefined ? null : incidentIdOf(DEFAULT_PROJECT, scopeOf(route))
  await pool.query(
    `insert into commands (project_id, command_id, incident_id, command, actor, via, accepted_at)
     values ($1, $2, $3, $4, $5, 'http', clock_timestamp())`,
    [DEFAULT_PROJECT, id, incidentId, JSON.stringify(command), JSON.stringify(actor)],
  )
  return id
}

/** Returns the command that opens the incident of a route. */
export function opening(route: string): StoredCommand {
  const scope = scopeOf(route)
  const about = { severity: 'critical' as const, owner: null, hint: null, evidence: {}, note: null }
  return { type: 'open', scope, ...about }
}

/** Returns how commands stand, in the order in which they are asked for. */
export async function answersOf(pool: Pool, ids: readonly CommandId[]) {
  const { rows } = await pool.query<{ command_id: CommandId; status: string; result: unknown }>(
    'select command_id, status, result from commands where command_id = any($1::uuid[])',
    [ids],
  )
  const byId = new Map(rows.map((row) => [row.command_id, row]))
  return ids.map((id) => byId.get(id)!)
}

/** The log is whole, and gives what the projections say. */
export async function assertVerified(t: Test, pool: Pool): Promise<void> {
  t.strictSame((await verifyProjections(pool, DEFAULT_PROJECT)).differences, [])
  t.equal((await verifyChain(pool, DEFAULT_PROJECT)).mismatch, null)
}
