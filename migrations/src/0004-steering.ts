import { type Kysely, sql } from 'kysely'

/**
 * Steering with SQL: `incidents` is a view that plain SQL can SELECT, UPDATE (… RETURNING) and INSERT.
 * The INSTEAD OF trigger writes the row and a change record; a deferred constraint trigger turns the
 * change record into an event when the transaction commits, so that a psql session left open never
 * holds the log's head. docs/data-model.md tells which columns can be written.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createChangeRecords(db)
  await createView(db)
  await createChecks(db)
  await createUpdateTrigger(db)
  await createInsertTrigger(db)
  await createCommitTrigger(db)
  await sql`
    insert into log_heads values ('default', 0, sha256(''::bytea), 'epoch')`.execute(db)
  await sql`
    insert into shard_heads select 'default', shard, 0, 'epoch' from generate_series(0, 3) as shard`.execute(
    db,
  )
  await sql`
    insert into minute_heads select 'default', shard, 0, 'epoch' from generate_series(0, 3) as shard`.execute(
    db,
  )
}

async function createChangeRecords(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table incident_changes (
      change_id bigint generated always as identity primary key,
      project_id text not null,
      incident_id uuid not null,
      type text not null,
      data text not null,
      actor_id text not null
    )`.execute(db)
  await sql`
    create function person_named(in_project text, in_name text) returns text
    language plpgsql security definer set search_path = public, pg_temp as $$
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
    end $$`.execute(db)
  // It runs with its owner's rights, and only the triggers need it.
  await sql`revoke execute on function person_named from public`.execute(db)
  await sql`
    create function incident_columns(incident incident_state) returns jsonb
    language sql immutable as $$
      select jsonb_build_object(
        'status', incident.status, 'severity', incident.severity,
        'escalationLevel', incident.escalation_level,
        'acknowledgedBy', incident.acknowledged_by,
        'acknowledgedAt', epoch_ms(incident.acknowledged_at),
        'firstSeen', epoch_ms(incident.first_seen), 'lastSeen', epoch_ms(incident.last_seen),
        'escalatedAt', epoch_ms(incident.escalated_at),
        'nextDueAt', epoch_ms(incident.next_due_at),
        'owner', incident.owner, 'metadata', incident.metadata)
    $$`.execute(db)
}

async function createView(db: Kysely<unknown>): Promise<void> {
  await sql`
    create view incidents as
    select incident.id, incident.route || '::' || incident.kind as incident_key, incident.route,
      incident.kind, incident.status, incident.severity, incident.escalation_level,
      coalesce(acknowledger.name, incident.acknowledged_by) as acknowledged_by,
      incident.acknowledged_at, incident.first_seen, incident.last_seen, incident.escalated_at,
      incident.next_due_at, coalesce(owner.name, incident.owner) as owner, incident.metadata,
      incident.service, incident.environment, incident.opening, incident.snoozed_until,
      incident.resolved_at, incident.version, incident.project_id
    from incident_state as incident
    left join people as acknowledger
      on acknowledger.project_id = incident.project_id
      and acknowledger.person_id = incident.acknowledged_by
    left join people as owner
      on owner.project_id = incident.project_id and owner.person_id = incident.owner`.execute(db)
}

async function createChecks(db: Kysely<unknown>): Promise<void> {
  // What passes here is folded again from JSON by any version of the code: text as the border would
  // accept it, instants that ISO 8601 can write in four digits, numbers that a double can hold.
  await sql`
    create function is_line(value text, length_max integer) returns boolean
    language sql immutable parallel safe
    return value is not null and value <> '' and value !~ '[\\x01-\\x1f\\x7f]'
      and char_length(value)
        + char_length(regexp_replace(value, '[^\\U00010000-\\U0010ffff]', '', 'g')) <= length_max`.execute(
    db,
  )
  await sql`
    create function check_instant(name text, value timestamptz) returns void
    language plpgsql immutable as $$
    begin
      if value < to_timestamp(0) or value >= to_timestamp(253402300800) then
        raise exception '% must be between the years 1970 and 9999, not %', name, value
          using errcode = 'check_violation';
      end if;
    end $$`.execute(db)
  await sql`
    create function check_incident(incident incident_state) returns void
    language plpgsql immutable as $$
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
    end $$`.execute(db)
}

async function createUpdateTrigger(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function update_incident() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
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
    end $$`.execute(db)
  await sql`
    create trigger update_incident instead of update on incidents
    for each row execute function update_incident()`.execute(db)
}

async function createInsertTrigger(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function insert_incident() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
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
    end $$`.execute(db)
  await sql`
    create trigger insert_incident instead of insert on incidents
    for each row execute function insert_incident()`.execute(db)
  await sql`
    create function refuse_incident_deletion() returns trigger language plpgsql as $$
    begin
      raise exception 'an incident cannot be deleted: what happened stays in the log'
        using errcode = 'feature_not_supported', hint = 'UPDATE incidents SET status = ''resolved''';
    end $$`.execute(db)
  await sql`
    create trigger refuse_incident_deletion instead of delete on incidents
    for each row execute function refuse_incident_deletion()`.execute(db)
}

async function createCommitTrigger(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function commit_incident_change() returns trigger
    language plpgsql security definer set search_path = public, pg_temp as $$
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
    end $$`.execute(db)
  await sql`
    create constraint trigger commit_incident_change after insert on incident_changes
    deferrable initially deferred
    for each row execute function commit_incident_change()`.execute(db)
}
