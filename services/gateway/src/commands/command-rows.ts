import type {
  Actor,
  CommandId,
  EpochMs,
  IncidentId,
  ProjectId,
  StoredCommand,
} from '@portcullis/contracts'
import { type Db, overtaken } from '@portcullis/event-log'

/** A command as the gateway writes it. */
export interface NewCommand {
  readonly id: CommandId
  /** Null for what is not about one incident. */
  readonly incidentId: IncidentId | null
  readonly command: StoredCommand
  readonly actor: Actor
  readonly correlationId: string
  /** How the caller tells a retry; null where it does not. */
  readonly retry: { readonly key: string; readonly bodyHash: string } | null
}

/** What became of a command. `result` is as the escalator wrote it. */
export type CommandState =
  | { readonly status: 'waiting' }
  | { readonly status: 'done' | 'rejected'; readonly result: unknown }

/** A command as it was written before, under the same key. */
export interface EarlierCommand {
  readonly id: CommandId
  readonly bodyHash: string
}

/**
 * Writes commands in one statement, and returns for each the earlier one whose key it repeats;
 * undefined where it is new.
 */
export async function insertCommands(
  db: Db,
  project: ProjectId,
  commands: readonly NewCommand[],
): Promise<(EarlierCommand | undefined)[]> {
  // In the order of the keys: two gateways that got the same ones wait for each other one way only.
  const ordered = commands.toSorted((a, b) => compare(keyOf(a), keyOf(b)))
  const { rows } = await db.query<{ command_id: CommandId }>(INSERT, [
    project,
    ordered.map(({ id }) => id),
    ordered.map(({ incidentId }) => incidentId),
    ordered.map(({ command }) => JSON.stringify(command)),
    ordered.map(({ actor }) => JSON.stringify(actor)),
    ordered.map(({ correlationId }) => correlationId),
    ordered.map(({ retry }) => retry?.key ?? null),
    ordered.map(({ retry }) => retry?.bodyHash ?? null),
  ])
  if (rows.length === commands.length) return commands.map(() => undefined)
  const written = new Set(rows.map((row) => row.command_id))
  const repeated = commands.filter(({ id }) => !written.has(id))
  const earlier = await findEarlier(db, project, repeated)
  return commands.map((command) => {
    if (written.has(command.id)) return undefined
    const found = earlier.get(keyOf(command))
    if (found !== undefined) return found
    throw overtaken('the command that is repeated was cleared away in this moment')
  })
}

/** Returns those of the given commands that are decided. */
export async function readDecided(
  db: Db,
  project: ProjectId,
  ids: readonly CommandId[],
): Promise<Map<CommandId, CommandState>> {
  const { rows } = await db.query<{
    command_id: CommandId
    status: 'done' | 'rejected'
    result: unknown
  }>(
    `select command_id, status, result from commands
     where project_id = $1 and command_id = any($2::uuid[]) and status <> 'waiting'`,
    [project, ids],
  )
  return new Map(rows.map(({ command_id: id, status, result }) => [id, { status, result }]))
}

/** A command as anybody who may see it is shown it. */
export interface WrittenCommand {
  readonly id: CommandId
  readonly incidentId: IncidentId | null
  readonly command: StoredCommand
  readonly actor: Actor
  readonly acceptedAt: EpochMs
  readonly decidedAt: EpochMs | null
  readonly state: CommandState
}

/** Returns one command; undefined where there is none of that id. */
export async function findCommand(
  db: Db,
  project: ProjectId,
  id: CommandId,
): Promise<WrittenCommand | undefined> {
  const { rows } = await db.query<{
    command_id: CommandId
    incident_id: IncidentId | null
    command: StoredCommand
    actor: Actor
    accepted_at: Date
    decided_at: Date | null
    status: CommandState['status']
    result: unknown
  }>(
    `select command_id, incident_id, command, actor, accepted_at, decided_at, status, result
     from commands where project_id = $1 and command_id = $2`,
    [project, id],
  )
  const row = rows[0]
  if (row === undefined) return undefined
  const { status, result } = row
  return {
    id: row.command_id,
    incidentId: row.incident_id,
    command: row.command,
    actor: row.actor,
    acceptedAt: row.accepted_at.getTime() as EpochMs,
    decidedAt: row.decided_at === null ? null : (row.decided_at.getTime() as EpochMs),
    state: status === 'waiting' ? { status } : { status, result },
  }
}

// The database's present: the order of commands must not depend on which gateway's clock is ahead.
const INSERT = `
  insert into commands (project_id, command_id, incident_id, command, actor, via, correlation_id,
    idempotency_key, body_hash, accepted_at)
  select $1, id, incident_id, command::json, actor::json, 'http', correlation_id, key, hash,
    statement_timestamp()
  from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
    as given (id, incident_id, command, actor, correlation_id, key, hash)
  on conflict do nothing returning command_id`

/** One text for what a repeated command is known by; a key belongs to whoever used it. */
function keyOf({ actor, retry }: NewCommand): string {
  return retry === null ? '' : JSON.stringify([actor.id, retry.key])
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

async function findEarlier(
  db: Db,
  project: ProjectId,
  repeated: readonly NewCommand[],
): Promise<Map<string, EarlierCommand>> {
  const { rows } = await db.query<{
    command_id: CommandId
    actor_id: string
    key: string
    body_hash: string
  }>(
    `select command_id, given.actor_id, given.key, body_hash
     from unnest($2::text[], $3::text[]) as given (actor_id, key)
     join commands on commands.project_id = $1 and commands.actor ->> 'id' = given.actor_id
       and commands.idempotency_key = given.key`,
    [project, repeated.map(({ actor }) => actor.id), repeated.map(({ retry }) => retry?.key ?? '')],
  )
  return new Map(
    rows.map((row) => [
      JSON.stringify([row.actor_id, row.key]),
      { id: row.command_id, bodyHash: row.body_hash },
    ]),
  )
}
