import { type Kysely, sql } from 'kysely'

/** Projections: what can be dropped and rebuilt from truth (docs/data-model.md). */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createIncidents(db)
  await createAlarms(db)
  await createOperations(db)
  await createTraffic(db)
}

async function createIncidents(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table incident_state (
      project_id text not null,
      id uuid not null,
      service text not null,
      environment text not null,
      route text not null,
      kind text not null,
      status text not null,
      severity text not null,
      opening integer not null,
      escalation_level integer not null,
      acknowledged_by text,
      acknowledged_at timestamptz,
      first_seen timestamptz not null,
      last_seen timestamptz not null,
      escalated_at timestamptz,
      next_due_at timestamptz,
      snoozed_until timestamptz,
      resolved_at timestamptz,
      owner text,
      hint text,
      evidence jsonb not null,
      metadata jsonb not null,
      version integer not null,
      position bigint not null,
      primary key (project_id, id),
      unique (project_id, service, environment, route, kind)
    ) with (fillfactor = 80)`.execute(db)
  await sql`create index incident_state_by_position on incident_state (project_id, position)`.execute(
    db,
  )
  await sql`
    create index incident_state_unresolved on incident_state (project_id, environment, first_seen)
    where status <> 'resolved'`.execute(db)
}

async function createAlarms(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table alarms (
      project_id text not null,
      id uuid not null,
      service text not null,
      environment text not null,
      route text not null,
      kind text not null,
      status text not null,
      severity text not null,
      since timestamptz not null,
      healthy_since timestamptz,
      evidence jsonb not null,
      version integer not null,
      position bigint not null,
      primary key (project_id, id),
      unique (project_id, service, environment, route, kind)
    ) with (fillfactor = 80)`.execute(db)
}

async function createOperations(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table notifications (
      project_id text not null,
      notification_id text not null,
      channel text not null,
      incident_id uuid not null,
      event_type text not null,
      event_position bigint not null,
      status text not null,
      attempts integer not null,
      reason text,
      requested_at timestamptz not null,
      settled_at timestamptz,
      position bigint not null,
      primary key (project_id, notification_id)
    ) with (fillfactor = 80)`.execute(db)
  await sql`
    create index notifications_by_position on notifications (project_id, event_position)`.execute(
    db,
  )
  await sql`
    create index notifications_pending on notifications (project_id, event_position)
    where status = 'pending'`.execute(db)
  await sql`
    create table verdict_outcomes (
      project_id text not null,
      service text not null,
      environment text not null,
      outcome text not null,
      pass boolean not null,
      reasons text[] not null,
      as_of timestamptz not null,
      heads jsonb not null,
      version integer not null,
      position bigint not null,
      primary key (project_id, service, environment)
    )`.execute(db)
  await sql`
    create table releases (
      project_id text not null,
      service text not null,
      environment text not null,
      release_version text not null,
      commit text,
      url text,
      source text not null,
      announced_at timestamptz not null,
      position bigint not null,
      primary key (project_id, service, environment, release_version)
    )`.execute(db)
  await sql`
    create table api_keys (
      project_id text not null,
      key_id text not null,
      role text not null,
      scopes text[] not null,
      secret_hash text not null,
      created_by text not null,
      created_at timestamptz not null,
      expires_at timestamptz,
      revoked_at timestamptz,
      position bigint not null,
      primary key (project_id, key_id)
    )`.execute(db)
  await sql`
    create table lost_batches (
      project_id text not null,
      run_id uuid not null,
      shard smallint not null,
      from_number bigint not null,
      to_number bigint not null,
      lost_since timestamptz not null,
      lost_until timestamptz not null,
      position bigint not null,
      primary key (project_id, run_id, shard, from_number)
    )`.execute(db)
  await sql`
    create index lost_batches_by_time on lost_batches (project_id, lost_until)`.execute(db)
}

async function createTraffic(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table routes (
      project_id text not null,
      service text not null,
      environment text not null,
      route text not null,
      last_day date not null,
      primary key (project_id, service, environment, route)
    )`.execute(db)
  // One row holds all routes and versions of a bucket: a group of batches then writes a handful of rows.
  await sql`
    create table route_buckets (
      project_id text not null,
      shard smallint not null,
      bucket_start timestamptz not null,
      service text not null,
      environment text not null,
      observations bigint not null,
      cells bytea not null,
      primary key (project_id, shard, bucket_start, service, environment)
    ) with (fillfactor = 70)`.execute(db)
  await sql`alter table route_buckets alter column cells set storage external`.execute(db)
  // Rewritten many times a second and soon deleted: vacuum early, by count and not by share.
  await sql`
    alter table route_buckets set (
      autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
      toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 5000)`.execute(
    db,
  )
  await sql`
    create table run_applied (
      project_id text not null,
      run_id uuid not null,
      shard smallint not null,
      applied int8multirange not null,
      last_recorded_at timestamptz not null,
      primary key (project_id, run_id, shard)
    ) with (fillfactor = 70)`.execute(db)
  await sql`
    create table minute_heads (
      project_id text not null,
      shard smallint not null,
      seq bigint not null,
      recorded_at timestamptz not null,
      primary key (project_id, shard)
    )`.execute(db)
}
