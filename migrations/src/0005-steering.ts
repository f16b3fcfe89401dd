import { type Kysely, sql } from 'kysely'

/**
 * Steering with SQL: `incidents` is a view that plain SQL can SELECT, UPDATE (… RETURNING) and INSERT.
 * The INSTEAD OF trigger writes the row and a change record; a deferred constraint trigger turns the
 * change record into an event when the transaction commits, so that a psql session left open never
 * holds the log's head. docs/data-model.md tells which columns can be written.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createChangeRecords(db)
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
