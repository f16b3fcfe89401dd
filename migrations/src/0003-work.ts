import { type Kysely, sql } from 'kysely'

/**
 * Work: what may be lost and is made again, and the intake (`commands`, `inbox`, `people`) that is
 * durable but no event (docs/data-model.md).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createIntake(db)
  await createTimersAndOutbox(db)
  await createQueueWork(db)
  await createGatewayWork(db)
}

async function createIntake(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table people (
      project_id text not null,
      person_id text not null,
      subject text,
      name text,
      data_key bytea,
      created_at timestamptz not null,
      erased_at timestamptz,
      primary key (project_id, person_id),
      unique (project_id, subject)
    )`.execute(db)
  await sql`
    create table inbox (
      project_id text not null,
      message_id text not null,
      body_hash text not null,
      answer json not null,
      recorded_at timestamptz not null,
      primary key (project_id, message_id)
    )`.execute(db)
  await sql`create index inbox_by_time on inbox (recorded_at)`.execute(db)
  await sql`
    create table commands (
      project_id text not null,
      command_id uuid not null,
      incident_id uuid,
      command json not null,
      actor json not null,
      via text not null,
      correlation_id text,
      idempotency_key text,
      body_hash text,
      accepted_at timestamptz not null,
      status text not null default 'waiting',
      decided_at timestamptz,
      result json,
      primary key (project_id, command_id)
    ) with (fillfactor = 70)`.execute(db)
  await sql`
    create unique index commands_idempotent on commands (project_id, (actor ->> 'id'), idempotency_key)
    where idempotency_key is not null`.execute(db)
  await sql`
    create index commands_waiting on commands (project_id, accepted_at)
    where status = 'waiting'`.execute(db)
  await sql`create index commands_by_time on commands (accepted_at)`.execute(db)
}

async function createTimersAndOutbox(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table timers (
      project_id text not null,
      kind text not null,
      subject_id uuid not null,
      due_at timestamptz not null,
      primary key (project_id, kind, subject_id)
    ) with (fillfactor = 70)`.execute(db)
  await sql`create index timers_due on timers (due_at)`.execute(db)
  await sql`
    create table outbox (
      project_id text not null,
      notification_id text not null,
      channel text not null,
      payload json not null,
      created_at timestamptz not null,
      attempts integer not null default 0,
      next_attempt_at timestamptz not null,
      last_error text,
      primary key (project_id, notification_id)
    ) with (fillfactor = 70)`.execute(db)
  await sql`create index outbox_due on outbox (next_attempt_at)`.execute(db)
}

async function createQueueWork(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table parked_jobs (
      project_id text not null,
      queue text not null,
      job_id text not null,
      service text,
      environment text,
      reason text not null,
      data json not null,
      failed_at timestamptz not null,
      primary key (project_id, queue, job_id)
    )`.execute(db)
  await sql`
    create table worker_heartbeats (
      role text not null,
      instance_id uuid not null,
      started_at timestamptz not null,
      beat_at timestamptz not null,
      primary key (role, instance_id)
    )`.execute(db)
  await sql`
    create table gateway_ledger (
      project_id text not null,
      run_id uuid not null,
      shard smallint not null,
      accepted_to bigint not null,
      voided int8multirange not null,
      written_at timestamptz not null,
      primary key (project_id, run_id, shard, written_at)
    )`.execute(db)
}

async function createGatewayWork(db: Kysely<unknown>): Promise<void> {
  await sql`
    create unlogged table rate_limits (
      key text primary key,
      hits integer not null,
      resets_at timestamptz not null
    )`.execute(db)
  await sql`
    create table nonces (
      project_id text not null,
      nonce text not null,
      seen_at timestamptz not null,
      primary key (project_id, nonce)
    )`.execute(db)
  await sql`
    create table sessions (
      project_id text not null,
      token_hash text not null,
      principal_id text not null,
      role text not null,
      expires_at timestamptz not null,
      primary key (project_id, token_hash)
    )`.execute(db)
}
