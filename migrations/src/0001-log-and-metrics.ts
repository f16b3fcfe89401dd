import { type Kysely, sql } from 'kysely'

/**
 * Truth: the event log with its head rows, the metric batches with theirs, and the minutes that
 * outlive the batches. docs/data-model.md tells what each column means and how the hashes are made.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createLog(db)
  await createHashing(db)
  await createAppendEvents(db)
  await createMetrics(db)
  await createAppendBatches(db)
}

async function createLog(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table log_heads (
      project_id text primary key,
      position bigint not null,
      chain bytea not null,
      recorded_at timestamptz not null
    )`.execute(db)
  await sql`
    create table events (
      project_id text not null,
      position bigint not null,
      stream_id text not null,
      version integer not null,
      type text not null,
      schema_version smallint not null,
      data json not null,
      meta json not null,
      occurred_at timestamptz not null,
      recorded_at timestamptz not null,
      hash bytea not null,
      primary key (project_id, position),
      unique (project_id, stream_id, version)
    )`.execute(db)
  await sql`
    create index events_by_time on events (project_id, recorded_at)`.execute(db)
}

async function createHashing(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function epoch_ms(instant timestamptz) returns bigint
    language sql immutable strict parallel safe
    return (extract(epoch from instant) * 1000)::bigint`.execute(db)
  // D. J. Bernstein's netstrings make the preimage unambiguous: "<bytes>:<text>,".
  await sql`
    create function netstring(value text) returns text
    language sql immutable strict parallel safe
    return octet_length(value)::text || ':' || value || ','`.execute(db)
  await sql`
    create function incident_id(project text, service text, environment text, route text, kind text)
    returns uuid language sql immutable strict parallel safe as $$
      select encode(
        set_byte(set_byte(digest, 6, (get_byte(digest, 6) & 15) | 128),
                 8, (get_byte(digest, 8) & 63) | 128), 'hex')::uuid
      from (select substring(sha256(convert_to(
        netstring('portcullis.incident.1') || netstring(project) || netstring(service)
        || netstring(environment) || netstring(route) || netstring(kind), 'UTF8')) for 16) as digest) as hashed
    $$`.execute(db)
}

async function createAppendEvents(db: Kysely<unknown>): Promise<void> {
  // Takes the project's head row, so that positions follow commit order without a gap. The caller's
  // transaction must take no further lock afterwards: every other appender waits for its commit.
  await sql`
    create function append_events(
      in_project text, in_streams text[], in_versions integer[], in_types text[],
      in_schema_versions smallint[], in_data text[], in_meta text[], in_occurred_at timestamptz[]
    ) returns table (out_position bigint, out_recorded_at timestamptz, out_hash bytea)
    language plpgsql set plan_cache_mode = force_custom_plan as $$
    declare
      head log_heads%rowtype;
      hashes bytea[] := '{}';
      appended integer := cardinality(in_streams);
      event record;
    begin
      select * into head from log_heads where project_id = in_project for update;
      if not found then
        raise exception 'project % has no log', in_project using errcode = 'foreign_key_violation';
      end if;
      head.recorded_at := greatest(date_trunc('milliseconds', clock_timestamp()), head.recorded_at);
      for event in
        select given.* from unnest(in_streams, in_versions, in_types, in_schema_versions, in_data,
          in_meta, in_occurred_at) with ordinality
          as given (stream_id, version, type, schema_version, data, meta, occurred_at, nth)
        order by given.nth
      loop
        head.chain := sha256(convert_to(
          netstring('portcullis.event.1') || netstring(encode(head.chain, 'hex'))
          || netstring(in_project) || netstring((head.position + event.nth)::text)
          || netstring(event.stream_id) || netstring(event.version::text)
          || netstring(event.type) || netstring(event.schema_version::text)
          || netstring(epoch_ms(event.occurred_at)::text)
          || netstring(epoch_ms(head.recorded_at)::text)
          || netstring(event.data) || netstring(event.meta), 'UTF8'));
        hashes := hashes || head.chain;
      end loop;
      insert into events (project_id, position, stream_id, version, type, schema_version, data, meta,
        occurred_at, recorded_at, hash)
      select in_project, head.position + given.nth, given.stream_id, given.version, given.type,
        given.schema_version, given.data::json, given.meta::json, given.occurred_at,
        head.recorded_at, given.hash
      from unnest(in_streams, in_versions, in_types, in_schema_versions, in_data, in_meta,
        in_occurred_at, hashes) with ordinality
        as given (stream_id, version, type, schema_version, data, meta, occurred_at, hash, nth);
      update log_heads set position = head.position + appended, chain = head.chain,
        recorded_at = head.recorded_at where project_id = in_project;
      return query select head.position + nth, head.recorded_at, hash
        from unnest(hashes) with ordinality as given (hash, nth) order by nth;
    end $$`.execute(db)
}

async function createMetrics(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table shard_heads (
      project_id text not null,
      shard smallint not null,
      seq bigint not null,
      recorded_at timestamptz not null,
      primary key (project_id, shard)
    )`.execute(db)
  await sql`
    create table metric_batches (
      project_id text not null,
      shard smallint not null,
      seq bigint not null,
      recorded_at timestamptz not null,
      owner text not null,
      batch_id text not null,
      run_id uuid not null,
      run_number bigint not null,
      service text not null,
      environment text not null,
      version text not null,
      received_at timestamptz not null,
      observations integer not null,
      cells bytea not null,
      hash bytea not null,
      primary key (project_id, shard, recorded_at, seq)
    ) partition by range (recorded_at)`.execute(db)
  // The cells are dense already: compressing them again costs time and gains nothing.
  await sql`alter table metric_batches alter column cells set storage external`.execute(db)
  // Holds what arrives before housekeeping has made the day's partition.
  await sql`
    create table metric_batches_default partition of metric_batches default`.execute(db)
  await sql`
    create table metric_minutes (
      project_id text not null,
      service text not null,
      environment text not null,
      route text not null,
      hour_start timestamptz not null,
      cells bytea not null,
      primary key (project_id, service, environment, route, hour_start)
    )`.execute(db)
  await sql`alter table metric_minutes alter column cells set storage external`.execute(db)
  await sql`create index metric_minutes_by_hour on metric_minutes (project_id, hour_start)`.execute(
    db,
  )
}

async function createAppendBatches(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function append_batches(
      in_project text, in_shard smallint, in_owners text[], in_batch_ids text[], in_run_ids uuid[],
      in_run_numbers bigint[], in_services text[], in_environments text[], in_versions text[],
      in_received_at timestamptz[], in_observations integer[], in_cells bytea[]
    ) returns table (out_seq bigint, out_recorded_at timestamptz)
    language plpgsql set plan_cache_mode = force_custom_plan as $$
    declare
      head shard_heads%rowtype;
    begin
      select * into head from shard_heads
        where project_id = in_project and shard = in_shard for update;
      if not found then
        raise exception 'project % has no shard %', in_project, in_shard
          using errcode = 'foreign_key_violation';
      end if;
      head.recorded_at := greatest(date_trunc('milliseconds', clock_timestamp()), head.recorded_at);
      insert into metric_batches (project_id, shard, seq, recorded_at, owner, batch_id, run_id,
        run_number, service, environment, version, received_at, observations, cells, hash)
      select in_project, in_shard, head.seq + given.nth, head.recorded_at, given.owner,
        given.batch_id, given.run_id, given.run_number, given.service, given.environment,
        given.version, given.received_at, given.observations, given.cells,
        sha256(convert_to(
          netstring('portcullis.batch.1') || netstring(in_project) || netstring(in_shard::text)
          || netstring((head.seq + given.nth)::text) || netstring(epoch_ms(head.recorded_at)::text)
          || netstring(given.owner) || netstring(given.batch_id) || netstring(given.run_id::text)
          || netstring(given.run_number::text) || netstring(given.service)
          || netstring(given.environment) || netstring(given.version)
          || netstring(epoch_ms(given.received_at)::text) || netstring(given.observations::text)
          || octet_length(given.cells)::text || ':', 'UTF8') || given.cells || ','::bytea)
      from unnest(in_owners, in_batch_ids, in_run_ids, in_run_numbers, in_services, in_environments,
        in_versions, in_received_at, in_observations, in_cells) with ordinality
        as given (owner, batch_id, run_id, run_number, service, environment, version, received_at,
          observations, cells, nth);
      update shard_heads
        set seq = head.seq + cardinality(in_cells), recorded_at = head.recorded_at
        where project_id = in_project and shard = in_shard;
      return query select head.seq + nth, head.recorded_at
        from generate_series(1, cardinality(in_cells)::bigint) as nth order by nth;
    end $$`.execute(db)
}
