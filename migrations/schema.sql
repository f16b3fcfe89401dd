-- What the migrations add up to. Written by schema.int.test.ts: do not edit.

set check_function_bodies = off;

create table alarms (
  project_id text not null,
  id uuid not null,
  service text not null,
  environment text not null,
  route text not null,
  kind text not null,
  status text not null,
  severity text not null,
  since timestamp with time zone not null,
  healthy_since timestamp with time zone,
  evidence jsonb not null,
  version integer not null,
  "position" bigint not null,
  constraint alarms_pkey PRIMARY KEY (project_id, id),
  constraint alarms_project_id_service_environment_route_kind_key UNIQUE (project_id, service, environment, route, kind)
) with (fillfactor=80);

create table api_keys (
  project_id text not null,
  key_id text not null,
  role text not null,
  scopes text[] not null,
  secret_hash text not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  "position" bigint not null,
  constraint api_keys_pkey PRIMARY KEY (project_id, key_id)
);

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
  accepted_at timestamp with time zone not null,
  status text default 'waiting'::text not null,
  decided_at timestamp with time zone,
  result json,
  constraint commands_pkey PRIMARY KEY (project_id, command_id)
) with (fillfactor=70);

create table events (
  project_id text not null,
  "position" bigint not null,
  stream_id text not null,
  version integer not null,
  type text not null,
  schema_version smallint not null,
  data json not null,
  meta json not null,
  occurred_at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  hash bytea not null,
  constraint events_pkey PRIMARY KEY (project_id, "position"),
  constraint events_project_id_stream_id_version_key UNIQUE (project_id, stream_id, version)
);

create table gateway_ledger (
  project_id text not null,
  run_id uuid not null,
  shard smallint not null,
  accepted_to bigint not null,
  voided int8multirange not null,
  written_at timestamp with time zone not null,
  constraint gateway_ledger_pkey PRIMARY KEY (project_id, run_id, shard, written_at)
);

create table inbox (
  project_id text not null,
  message_id text not null,
  body_hash text not null,
  answer json not null,
  recorded_at timestamp with time zone not null,
  constraint inbox_pkey PRIMARY KEY (project_id, message_id)
);

create table incident_changes (
  change_id bigint generated always as identity not null,
  project_id text not null,
  incident_id uuid not null,
  type text not null,
  data text not null,
  actor_id text not null,
  constraint incident_changes_pkey PRIMARY KEY (change_id)
);

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
  acknowledged_at timestamp with time zone,
  first_seen timestamp with time zone not null,
  last_seen timestamp with time zone not null,
  escalated_at timestamp with time zone,
  next_due_at timestamp with time zone,
  snoozed_until timestamp with time zone,
  resolved_at timestamp with time zone,
  owner text,
  hint text,
  evidence jsonb not null,
  metadata jsonb not null,
  version integer not null,
  "position" bigint not null,
  constraint incident_state_pkey PRIMARY KEY (project_id, id),
  constraint incident_state_project_id_service_environment_route_kind_key UNIQUE (project_id, service, environment, route, kind)
) with (fillfactor=80);

create table log_heads (
  project_id text not null,
  "position" bigint not null,
  chain bytea not null,
  recorded_at timestamp with time zone not null,
  constraint log_heads_pkey PRIMARY KEY (project_id)
);

create table lost_batches (
  project_id text not null,
  run_id uuid not null,
  shard smallint not null,
  from_number bigint not null,
  to_number bigint not null,
  lost_since timestamp with time zone not null,
  lost_until timestamp with time zone not null,
  "position" bigint not null,
  constraint lost_batches_pkey PRIMARY KEY (project_id, run_id, shard, from_number)
);

create table metric_batches (
  project_id text not null,
  shard smallint not null,
  seq bigint not null,
  recorded_at timestamp with time zone not null,
  owner text not null,
  batch_id text not null,
  run_id uuid not null,
  run_number bigint not null,
  service text not null,
  environment text not null,
  version text not null,
  received_at timestamp with time zone not null,
  observations integer not null,
  cells bytea not null,
  hash bytea not null,
  constraint metric_batches_pkey PRIMARY KEY (project_id, shard, recorded_at, seq)
) partition by RANGE (recorded_at);
alter table metric_batches alter column cells set storage external;

create table metric_minutes (
  project_id text not null,
  service text not null,
  environment text not null,
  route text not null,
  hour_start timestamp with time zone not null,
  cells bytea not null,
  constraint metric_minutes_pkey PRIMARY KEY (project_id, service, environment, route, hour_start)
);
alter table metric_minutes alter column cells set storage external;

create table minute_heads (
  project_id text not null,
  shard smallint not null,
  seq bigint not null,
  recorded_at timestamp with time zone not null,
  constraint minute_heads_pkey PRIMARY KEY (project_id, shard)
);

create table nonces (
  project_id text not null,
  nonce text not null,
  seen_at timestamp with time zone not null,
  constraint nonces_pkey PRIMARY KEY (project_id, nonce)
);

create table notifications (
  project_id text not null,
  notification_id text not null,
  channel text not null,
  incident_id uuid,
  event_type text not null,
  event_position bigint not null,
  status text not null,
  attempts integer not null,
  reason text,
  requested_at timestamp with time zone not null,
  settled_at timestamp with time zone,
  "position" bigint not null,
  service text,
  environment text,
  constraint notifications_pkey PRIMARY KEY (project_id, notification_id)
) with (fillfactor=80);

create table outbox (
  project_id text not null,
  notification_id text not null,
  channel text not null,
  payload json not null,
  created_at timestamp with time zone not null,
  attempts integer default 0 not null,
  next_attempt_at timestamp with time zone not null,
  last_error text,
  constraint outbox_pkey PRIMARY KEY (project_id, notification_id)
) with (fillfactor=70);

create table parked_jobs (
  project_id text not null,
  queue text not null,
  job_id text not null,
  service text,
  environment text,
  reason text not null,
  data json not null,
  failed_at timestamp with time zone not null,
  constraint parked_jobs_pkey PRIMARY KEY (project_id, queue, job_id)
);

create table people (
  project_id text not null,
  person_id text not null,
  subject text,
  name text,
  data_key bytea,
  created_at timestamp with time zone not null,
  erased_at timestamp with time zone,
  constraint people_pkey PRIMARY KEY (project_id, person_id),
  constraint people_project_id_subject_key UNIQUE (project_id, subject)
);

create table policies (
  project_id text not null,
  kind text not null,
  name text not null,
  policy_version text not null,
  document text not null,
  is_removed boolean not null,
  changed_by text not null,
  changed_at timestamp with time zone not null,
  version integer not null,
  "position" bigint not null,
  constraint policies_pkey PRIMARY KEY (project_id, kind, name)
);

create unlogged table rate_limits (
  key text not null,
  hits integer not null,
  resets_at timestamp with time zone not null,
  constraint rate_limits_pkey PRIMARY KEY (key)
);

create table releases (
  project_id text not null,
  service text not null,
  environment text not null,
  release_version text not null,
  commit text,
  url text,
  source text not null,
  announced_at timestamp with time zone not null,
  "position" bigint not null,
  labels jsonb default '{}'::jsonb not null,
  run integer default 1 not null,
  state text default 'running'::text not null,
  state_since timestamp with time zone,
  rolled_back_to text,
  approvals jsonb default '{}'::jsonb not null,
  constraint releases_pkey PRIMARY KEY (project_id, service, environment, release_version)
);

create table route_buckets (
  project_id text not null,
  shard smallint not null,
  bucket_start timestamp with time zone not null,
  service text not null,
  environment text not null,
  observations bigint not null,
  cells bytea not null,
  constraint route_buckets_pkey PRIMARY KEY (project_id, shard, bucket_start, service, environment)
) with (fillfactor=70, autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=2000, toast.autovacuum_vacuum_scale_factor=0, toast.autovacuum_vacuum_threshold=5000);
alter table route_buckets alter column cells set storage external;

create table routes (
  project_id text not null,
  service text not null,
  environment text not null,
  route text not null,
  last_day date not null,
  constraint routes_pkey PRIMARY KEY (project_id, service, environment, route)
);

create table run_applied (
  project_id text not null,
  run_id uuid not null,
  shard smallint not null,
  applied int8multirange not null,
  last_recorded_at timestamp with time zone not null,
  constraint run_applied_pkey PRIMARY KEY (project_id, run_id, shard)
) with (fillfactor=70);

create table sessions (
  project_id text not null,
  token_hash text not null,
  principal_id text not null,
  role text not null,
  expires_at timestamp with time zone not null,
  constraint sessions_pkey PRIMARY KEY (project_id, token_hash)
);

create table shard_heads (
  project_id text not null,
  shard smallint not null,
  seq bigint not null,
  recorded_at timestamp with time zone not null,
  constraint shard_heads_pkey PRIMARY KEY (project_id, shard)
);

create table timers (
  project_id text not null,
  kind text not null,
  subject_id uuid not null,
  due_at timestamp with time zone not null,
  constraint timers_pkey PRIMARY KEY (project_id, kind, subject_id)
) with (fillfactor=70);

create table verdict_outcomes (
  project_id text not null,
  service text not null,
  environment text not null,
  outcome text not null,
  pass boolean not null,
  reasons text[] not null,
  as_of timestamp with time zone not null,
  heads jsonb not null,
  version integer not null,
  "position" bigint not null,
  policies jsonb default '[]'::jsonb not null,
  constraint verdict_outcomes_pkey PRIMARY KEY (project_id, service, environment)
);

create table waivers (
  project_id text not null,
  waiver_id uuid not null,
  status text not null,
  service text not null,
  environment text not null,
  release_version text,
  policies text[],
  rules text[],
  reason jsonb not null,
  ends_at timestamp with time zone not null,
  needs_second boolean not null,
  granted_by text not null,
  granted_at timestamp with time zone not null,
  approved_by text,
  approved_at timestamp with time zone,
  revoked_by text,
  revoked_at timestamp with time zone,
  version integer not null,
  "position" bigint not null,
  constraint waivers_pkey PRIMARY KEY (project_id, waiver_id)
);

create table worker_heartbeats (
  role text not null,
  instance_id uuid not null,
  started_at timestamp with time zone not null,
  beat_at timestamp with time zone not null,
  constraint worker_heartbeats_pkey PRIMARY KEY (role, instance_id)
);

create table metric_batches_default partition of metric_batches DEFAULT;
alter table metric_batches_default alter column cells set storage external;

CREATE INDEX commands_by_time ON public.commands USING btree (accepted_at);

CREATE UNIQUE INDEX commands_idempotent ON public.commands USING btree (project_id, ((actor ->> 'id'::text)), idempotency_key) WHERE (idempotency_key IS NOT NULL);

CREATE INDEX commands_waiting ON public.commands USING btree (project_id, accepted_at) WHERE (status = 'waiting'::text);

CREATE INDEX events_by_time ON public.events USING btree (project_id, recorded_at);

CREATE INDEX events_verdicts ON public.events USING btree (project_id, "position") WHERE (type = 'verdict.changed'::text);

CREATE INDEX inbox_by_time ON public.inbox USING btree (recorded_at);

CREATE INDEX incident_state_by_position ON public.incident_state USING btree (project_id, "position");

CREATE INDEX incident_state_newest ON public.incident_state USING btree (project_id, first_seen DESC, id DESC);

CREATE INDEX incident_state_unresolved ON public.incident_state USING btree (project_id, environment, first_seen) WHERE (status <> 'resolved'::text);

CREATE INDEX lost_batches_by_time ON public.lost_batches USING btree (project_id, lost_until);

CREATE INDEX metric_minutes_by_hour ON public.metric_minutes USING btree (project_id, hour_start);

CREATE INDEX notifications_by_position ON public.notifications USING btree (project_id, event_position);

CREATE INDEX notifications_pending ON public.notifications USING btree (project_id, event_position) WHERE (status = 'pending'::text);

CREATE INDEX outbox_due ON public.outbox USING btree (next_attempt_at);

CREATE INDEX releases_by_position ON public.releases USING btree (project_id, "position");

CREATE INDEX timers_due ON public.timers USING btree (due_at);

CREATE INDEX verdict_outcomes_by_position ON public.verdict_outcomes USING btree (project_id, "position");

CREATE INDEX waivers_by_end ON public.waivers USING btree (project_id, ends_at) WHERE (status <> 'revoked'::text);

CREATE INDEX waivers_by_position ON public.waivers USING btree (project_id, "position");

CREATE INDEX waivers_by_time ON public.waivers USING btree (project_id, granted_at, waiver_id);

CREATE OR REPLACE FUNCTION public.append_batches(in_project text, in_shard smallint, in_owners text[], in_batch_ids text[], in_run_ids uuid[], in_run_numbers bigint[], in_services text[], in_environments text[], in_versions text[], in_received_at timestamp with time zone[], in_observations integer[], in_cells bytea[])
 RETURNS TABLE(out_seq bigint, out_recorded_at timestamp with time zone)
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_custom_plan'
AS $function$
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
    end $function$;

CREATE OR REPLACE FUNCTION public.append_events(in_project text, in_streams text[], in_versions integer[], in_types text[], in_schema_versions smallint[], in_data text[], in_meta text[], in_occurred_at timestamp with time zone[])
 RETURNS TABLE(out_position bigint, out_recorded_at timestamp with time zone, out_hash bytea)
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_custom_plan'
AS $function$
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
    end $function$;

CREATE OR REPLACE FUNCTION public.check_incident(incident incident_state)
 RETURNS void
 LANGUAGE plpgsql
 IMMUTABLE
AS $function$
    begin
      if incident.status is null or incident.status not in ('open', 'acknowledged', 'resolved') then
        raise exception 'status must be open, acknowledged or resolved, not %',
          coalesce(incident.status, 'null') using errcode = 'check_violation';
      end if;
      if incident.severity is null or incident.severity not in ('critical', 'warning') then
        raise exception 'severity must be critical or warning, not %',
          coalesce(incident.severity, 'null') using errcode = 'check_violation';
      end if;
      if incident.escalation_level is null or incident.escalation_level not between 0 and 1000 then
        raise exception 'escalation_level must be between 0 and 1000, not %',
          coalesce(incident.escalation_level::text, 'null') using errcode = 'check_violation';
      end if;
      perform check_instant('acknowledged_at', incident.acknowledged_at);
      perform check_instant('first_seen', incident.first_seen);
      perform check_instant('last_seen', incident.last_seen);
      perform check_instant('escalated_at', incident.escalated_at);
      perform check_instant('next_due_at', incident.next_due_at);
      if jsonb_typeof(incident.metadata) is distinct from 'object' then
        raise exception 'metadata must be a JSON object' using errcode = 'check_violation';
      end if;
      if exists (
        select from jsonb_path_query(incident.metadata, 'strict $.**') as value
        where jsonb_typeof(value) = 'number'
          and value::text::numeric <> value::text::double precision::text::numeric
      ) then
        raise exception 'metadata holds a number with more digits than a double can keep: write it as a string'
          using errcode = 'check_violation';
      end if;
    end $function$;

CREATE OR REPLACE FUNCTION public.check_instant(name text, value timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
 IMMUTABLE
AS $function$
    begin
      if value < to_timestamp(0) or value >= to_timestamp(253402300800) then
        raise exception '% must be between the years 1970 and 9999, not %', name, value
          using errcode = 'check_violation';
      end if;
    end $function$;

CREATE OR REPLACE FUNCTION public.commit_incident_change()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
    declare
      next_version integer;
      appended record;
    begin
      select version + 1 into strict next_version from incident_state
        where project_id = new.project_id and id = new.incident_id;
      select * into strict appended from append_events(new.project_id,
        array['incident-' || new.incident_id], array[next_version], array[new.type],
        array[1::smallint], array[new.data],
        array[json_build_object(
          'actor', json_build_object('kind', 'person', 'id', new.actor_id), 'via', 'sql',
          'commandId', null, 'correlationId', null, 'causationId', null)::text],
        array[date_trunc('milliseconds', clock_timestamp())]);
      update incident_state set version = next_version, position = appended.out_position
        where project_id = new.project_id and id = new.incident_id;
      insert into timers (project_id, kind, subject_id, due_at)
        values (new.project_id, 'incident', new.incident_id, appended.out_recorded_at)
        on conflict (project_id, kind, subject_id) do update set due_at = excluded.due_at;
      delete from incident_changes where change_id = new.change_id;
      return null;
    end $function$;

CREATE OR REPLACE FUNCTION public.epoch_ms(instant timestamp with time zone)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN ((EXTRACT(epoch FROM instant) * (1000)::numeric))::bigint;

CREATE OR REPLACE FUNCTION public.incident_columns(incident incident_state)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE
AS $function$
      select jsonb_build_object(
        'status', incident.status, 'severity', incident.severity,
        'escalationLevel', incident.escalation_level,
        'acknowledgedBy', incident.acknowledged_by,
        'acknowledgedAt', epoch_ms(incident.acknowledged_at),
        'firstSeen', epoch_ms(incident.first_seen), 'lastSeen', epoch_ms(incident.last_seen),
        'escalatedAt', epoch_ms(incident.escalated_at),
        'nextDueAt', epoch_ms(incident.next_due_at),
        'owner', incident.owner, 'metadata', incident.metadata)
    $function$;

CREATE OR REPLACE FUNCTION public.incident_id(project text, service text, environment text, route text, kind text)
 RETURNS uuid
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
      select encode(
        set_byte(set_byte(digest, 6, (get_byte(digest, 6) & 15) | 128),
                 8, (get_byte(digest, 8) & 63) | 128), 'hex')::uuid
      from (select substring(sha256(convert_to(
        netstring('portcullis.incident.1') || netstring(project) || netstring(service)
        || netstring(environment) || netstring(route) || netstring(kind), 'UTF8')) for 16) as digest) as hashed
    $function$;

CREATE OR REPLACE FUNCTION public.insert_incident()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
    declare
      incident incident_state;
      present timestamptz := date_trunc('milliseconds', clock_timestamp());
      key_parts text[] := regexp_match(new.incident_key, '^(.+)::([^:]+)$');
    begin
      if num_nonnulls(new.opening, new.snoozed_until, new.resolved_at, new.version) > 0 then
        raise exception 'opening, snoozed_until, resolved_at and version of an incident cannot be written'
          using errcode = 'feature_not_supported';
      end if;
      incident.project_id := coalesce(new.project_id, 'default');
      incident.service := coalesce(new.service, 'unknown');
      incident.environment := coalesce(new.environment, 'production');
      incident.route := coalesce(new.route, key_parts[1]);
      incident.kind := coalesce(new.kind, key_parts[2], 'manual');
      if incident.route is null then
        raise exception 'an incident needs a route (or an incident_key of the form route::kind)'
          using errcode = 'not_null_violation';
      end if;
      if not (is_line(incident.service, 128) and is_line(incident.environment, 64)
          and is_line(incident.route, 512)) then
        raise exception 'service, environment and route must be single lines of at most 128, 64 and 512 characters'
          using errcode = 'check_violation';
      end if;
      if incident.kind !~ '^[a-z][a-z0-9_]{0,63}$' then
        raise exception 'kind must be lower case letters, digits and _, starting with a letter, not %',
          incident.kind using errcode = 'check_violation';
      end if;
      if new.incident_key <> incident.route || '::' || incident.kind then
        raise exception 'incident_key must be %, not %', incident.route || '::' || incident.kind,
          new.incident_key using errcode = 'check_violation';
      end if;
      incident.id := incident_id(incident.project_id, incident.service, incident.environment,
        incident.route, incident.kind);
      if new.id <> incident.id then
        raise exception 'the id of an incident is made from its service, environment, route and kind: leave it out'
          using errcode = 'feature_not_supported';
      end if;
      incident.status := coalesce(new.status, 'open');
      incident.severity := coalesce(new.severity, 'critical');
      incident.escalation_level := coalesce(new.escalation_level, 0);
      incident.opening := 1;
      incident.acknowledged_by := person_named(incident.project_id, new.acknowledged_by);
      incident.acknowledged_at := date_trunc('milliseconds', new.acknowledged_at);
      incident.first_seen := date_trunc('milliseconds', coalesce(new.first_seen, present));
      incident.last_seen := date_trunc('milliseconds', coalesce(new.last_seen, present));
      incident.escalated_at := date_trunc('milliseconds', new.escalated_at);
      incident.next_due_at := date_trunc('milliseconds', new.next_due_at);
      incident.owner := person_named(incident.project_id, new.owner);
      incident.evidence := '{}';
      incident.metadata := coalesce(new.metadata, '{}');
      incident.version := 0;
      incident.position := 0;
      perform check_incident(incident);
      -- Whoever opens incidents tries this lock before the log's head, and puts aside what is locked:
      -- else it would wait, with the head in its hands, for the row of a session left open.
      perform pg_advisory_xact_lock(hashtextextended('incident-' || incident.id, 0));
      insert into incident_state select incident.*;
      insert into incident_changes (project_id, incident_id, type, data, actor_id)
        values (incident.project_id, incident.id, 'incident.inserted',
          jsonb_build_object(
            'scope', jsonb_build_object('service', incident.service,
              'environment', incident.environment, 'route', incident.route, 'kind', incident.kind),
            'columns', incident_columns(incident))::text,
          person_named(incident.project_id, session_user::text));
      select * into strict new from incidents
        where project_id = incident.project_id and id = incident.id;
      return new;
    end $function$;

CREATE OR REPLACE FUNCTION public.is_line(value text, length_max integer)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN ((value IS NOT NULL) AND (value <> ''::text) AND (value !~ '[\x01-\x1f\x7f]'::text) AND ((char_length(value) + char_length(regexp_replace(value, '[^\U00010000-\U0010ffff]'::text, ''::text, 'g'::text))) <= length_max));

CREATE OR REPLACE FUNCTION public.netstring(value text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
RETURN ((((octet_length(value))::text || ':'::text) || value) || ','::text);

CREATE OR REPLACE FUNCTION public.person_named(in_project text, in_name text)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
    declare
      found_id text;
    begin
      if in_name is null then return null; end if;
      if not is_line(in_name, 256) then
        raise exception 'a name must be a single line of at most 256 characters'
          using errcode = 'check_violation';
      end if;
      select person_id into found_id from people
        where project_id = in_project and (person_id = in_name or subject = 'sql:' || in_name);
      if found then return found_id; end if;
      insert into people (project_id, person_id, subject, name, created_at)
        values (in_project, 'person_' || replace(gen_random_uuid()::text, '-', ''),
          'sql:' || in_name, in_name, clock_timestamp())
        on conflict (project_id, subject) do update set name = excluded.name
        returning person_id into found_id;
      return found_id;
    end $function$;
revoke execute on function person_named(text,text) from public;

CREATE OR REPLACE FUNCTION public.refuse_incident_deletion()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
    begin
      raise exception 'an incident cannot be deleted: what happened stays in the log'
        using errcode = 'feature_not_supported', hint = 'UPDATE incidents SET status = ''resolved''';
    end $function$;

CREATE OR REPLACE FUNCTION public.update_incident()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
    declare
      before incident_state;
      after incident_state;
      was jsonb;
      becomes jsonb;
      changed text[];
    begin
      if (new.id, new.incident_key, new.route, new.kind, new.service, new.environment, new.opening,
          new.snoozed_until, new.resolved_at, new.version, new.project_id) is distinct from
         (old.id, old.incident_key, old.route, old.kind, old.service, old.environment, old.opening,
          old.snoozed_until, old.resolved_at, old.version, old.project_id) then
        raise exception 'id, incident_key, route, kind, service, environment, opening, snoozed_until, resolved_at, version and project_id of an incident cannot be changed'
          using errcode = 'feature_not_supported';
      end if;
      select * into strict before from incident_state
        where project_id = old.project_id and id = old.id for update;
      -- "old" may be older than the row, which is locked only now: copying every column of "new" would
      -- take back what a worker committed meanwhile. Only what the statement changes is written.
      after := before;
      if new.status is distinct from old.status then after.status := new.status; end if;
      if new.severity is distinct from old.severity then after.severity := new.severity; end if;
      if new.escalation_level is distinct from old.escalation_level then
        after.escalation_level := new.escalation_level;
      end if;
      if new.acknowledged_by is distinct from old.acknowledged_by then
        after.acknowledged_by := person_named(old.project_id, new.acknowledged_by);
      end if;
      if new.acknowledged_at is distinct from old.acknowledged_at then
        after.acknowledged_at := date_trunc('milliseconds', new.acknowledged_at);
      end if;
      if new.first_seen is distinct from old.first_seen then
        after.first_seen := date_trunc('milliseconds', new.first_seen);
      end if;
      if new.last_seen is distinct from old.last_seen then
        after.last_seen := date_trunc('milliseconds', new.last_seen);
      end if;
      if new.escalated_at is distinct from old.escalated_at then
        after.escalated_at := date_trunc('milliseconds', new.escalated_at);
      end if;
      if new.next_due_at is distinct from old.next_due_at then
        after.next_due_at := date_trunc('milliseconds', new.next_due_at);
      end if;
      if new.owner is distinct from old.owner then
        after.owner := person_named(old.project_id, new.owner);
      end if;
      if new.metadata is distinct from old.metadata then
        after.metadata := coalesce(new.metadata, '{}');
      end if;
      perform check_incident(after);
      was := incident_columns(before);
      becomes := incident_columns(after);
      select array_agg(key order by key) into changed from jsonb_object_keys(becomes) as key
        where becomes -> key is distinct from was -> key;
      if changed is not null then
        update incident_state set status = after.status, severity = after.severity,
          escalation_level = after.escalation_level, acknowledged_by = after.acknowledged_by,
          acknowledged_at = after.acknowledged_at, first_seen = after.first_seen,
          last_seen = after.last_seen, escalated_at = after.escalated_at,
          next_due_at = after.next_due_at, owner = after.owner, metadata = after.metadata
          where project_id = before.project_id and id = before.id;
        insert into incident_changes (project_id, incident_id, type, data, actor_id)
          select before.project_id, before.id, 'incident.edited',
            jsonb_build_object('before', jsonb_object_agg(key, was -> key),
              'after', jsonb_object_agg(key, becomes -> key))::text,
            person_named(before.project_id, session_user::text)
          from unnest(changed) as key;
      end if;
      select * into strict new from incidents where project_id = old.project_id and id = old.id;
      return new;
    end $function$;

create view incidents as
 SELECT incident.id,
    ((incident.route || '::'::text) || incident.kind) AS incident_key,
    incident.route,
    incident.kind,
    incident.status,
    incident.severity,
    incident.escalation_level,
    COALESCE(acknowledger.name, incident.acknowledged_by) AS acknowledged_by,
    incident.acknowledged_at,
    incident.first_seen,
    incident.last_seen,
    incident.escalated_at,
    incident.next_due_at,
    COALESCE(owner.name, incident.owner) AS owner,
    incident.metadata,
    incident.service,
    incident.environment,
    incident.opening,
    incident.snoozed_until,
    incident.resolved_at,
    incident.version,
    incident.project_id
   FROM ((incident_state incident
     LEFT JOIN people acknowledger ON (((acknowledger.project_id = incident.project_id) AND (acknowledger.person_id = incident.acknowledged_by))))
     LEFT JOIN people owner ON (((owner.project_id = incident.project_id) AND (owner.person_id = incident.owner))));

CREATE CONSTRAINT TRIGGER commit_incident_change AFTER INSERT ON public.incident_changes DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION commit_incident_change();

CREATE TRIGGER insert_incident INSTEAD OF INSERT ON public.incidents FOR EACH ROW EXECUTE FUNCTION insert_incident();

CREATE TRIGGER refuse_incident_deletion INSTEAD OF DELETE ON public.incidents FOR EACH ROW EXECUTE FUNCTION refuse_incident_deletion();

CREATE TRIGGER update_incident INSTEAD OF UPDATE ON public.incidents FOR EACH ROW EXECUTE FUNCTION update_incident();

insert into log_heads select * from json_populate_record(null::log_heads, E'{"project_id":"default","position":0,"chain":"\\\\xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","recorded_at":"1970-01-01T00:00:00+00:00"}');

insert into minute_heads select * from json_populate_record(null::minute_heads, '{"project_id":"default","shard":0,"seq":0,"recorded_at":"1970-01-01T00:00:00+00:00"}');
insert into minute_heads select * from json_populate_record(null::minute_heads, '{"project_id":"default","shard":1,"seq":0,"recorded_at":"1970-01-01T00:00:00+00:00"}');
insert into minute_heads select * from json_populate_record(null::minute_heads, '{"project_id":"default","shard":2,"seq":0,"recorded_at":"1970-01-01T00:00:00+00:00"}');
insert into minute_heads select * from json_populate_record(null::minute_heads, '{"project_id":"default","shard":3,"seq":0,"recorded_at":"1970-01-01T00:00:00+00:00"}');

insert into shard_heads select * from json_populate_record(null::shard_heads, '{"project_id":"default","shard":0,"seq":0,"recorded_at":"1970-01-01T00:00:00+00:00"}');
insert into shard_heads select * from json_populate_record(null::shard_heads, '{"project_id":"default","shard":1,"seq":0,"recorded_at":"1970-01-01T00:00:00+00:00"}');
insert into shard_heads select * from json_populate_record(null::shard_heads, '{"project_id":"default","shard":2,"seq":0,"recorded_at":"1970-01-01T00:00:00+00:00"}');
insert into shard_heads select * from json_populate_record(null::shard_heads, '{"project_id":"default","shard":3,"seq":0,"recorded_at":"1970-01-01T00:00:00+00:00"}');
