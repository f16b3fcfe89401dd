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
    language plpgsql security definer set search_path = public as $$
    declare
      found_id text;
    begin
      if in_name is null then return null; end if;
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

async function createUpdateTrigger(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function update_incident() returns trigger
    language plpgsql security definer set search_path = public as $$
    declare
      before incident_state;
      after incident_state;
      was jsonb;
      becomes jsonb;
      changed text[];
    begin
      if (new.id, new.route, new.kind, new.service, new.environment, new.opening, new.version,
          new.project_id) is distinct from
         (old.id, old.route, old.kind, old.service, old.environment, old.opening, old.version,
          old.project_id) then
        raise exception 'id, route, kind, service, environment, opening, version and project_id of an incident cannot be changed'
          using errcode = 'feature_not_supported';
      end if;
      perform check_incident(new.status, new.severity, new.escalation_level);
      select * into strict before from incident_state
        where project_id = old.project_id and id = old.id for update;
      after := before;
      after.status := new.status;
      after.severity := new.severity;
      after.escalation_level := new.escalation_level;
      if new.acknowledged_by is distinct from old.acknowledged_by then
        after.acknowledged_by := person_named(old.project_id, new.acknowledged_by);
      end if;
      after.acknowledged_at := date_trunc('milliseconds', new.acknowledged_at);
      after.first_seen := date_trunc('milliseconds', new.first_seen);
      after.last_seen := date_trunc('milliseconds', new.last_seen);
      after.escalated_at := date_trunc('milliseconds', new.escalated_at);
      after.next_due_at := date_trunc('milliseconds', new.next_due_at);
      if new.owner is distinct from old.owner then
        after.owner := person_named(old.project_id, new.owner);
      end if;
      after.metadata := coalesce(new.metadata, '{}'::jsonb);
      was := incident_columns(before);
      becomes := incident_columns(after);
      select array_agg(key) into changed from jsonb_object_keys(becomes) as key
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
      new.acknowledged_at := after.acknowledged_at;
      new.first_seen := after.first_seen;
      new.last_seen := after.last_seen;
      new.escalated_at := after.escalated_at;
      new.next_due_at := after.next_due_at;
      new.metadata := after.metadata;
      return new;
    end $$`.execute(db)
  await sql`
    create function check_incident(status text, severity text, escalation_level integer)
    returns void language plpgsql immutable as $$
    begin
      if status is null or status not in ('open', 'acknowledged', 'resolved') then
        raise exception 'status must be open, acknowledged or resolved, not %', coalesce(status, 'null')
          using errcode = 'check_violation';
      end if;
      if severity is null or severity not in ('critical', 'warning') then
        raise exception 'severity must be critical or warning, not %', coalesce(severity, 'null')
          using errcode = 'check_violation';
      end if;
      if escalation_level is null or escalation_level not between 0 and 1000 then
        raise exception 'escalation_level must be between 0 and 1000, not %',
          coalesce(escalation_level::text, 'null') using errcode = 'check_violation';
      end if;
    end $$`.execute(db)
  await sql`
    create trigger update_incident instead of update on incidents
    for each row execute function update_incident()`.execute(db)
}

async function createInsertTrigger(db: Kysely<unknown>): Promise<void> {
  await sql`
    create function insert_incident() returns trigger
    language plpgsql security definer set search_path = public as $$
    declare
      incident incident_state;
      present timestamptz := date_trunc('milliseconds', clock_timestamp());
    begin
      incident.project_id := coalesce(new.project_id, 'default');
      incident.service := coalesce(new.service, 'unknown');
      incident.environment := coalesce(new.environment, 'production');
      incident.route := coalesce(new.route, nullif(split_part(new.incident_key, '::', 1), ''));
      incident.kind := coalesce(new.kind, nullif(split_part(new.incident_key, '::', 2), ''), 'manual');
      if incident.route is null then
        raise exception 'an incident needs a route (or an incident_key of the form route::kind)'
          using errcode = 'not_null_violation';
      end if;
      if incident.kind !~ '^[a-z][a-z0-9_]{0,63}$' then
        raise exception 'kind must be lower case letters, digits and _, starting with a letter, not %',
          incident.kind using errcode = 'check_violation';
      end if;
      incident.id := incident_id(incident.project_id, incident.service, incident.environment,
        incident.route, incident.kind);
      incident.status := coalesce(new.status, 'open');
      incident.severity := coalesce(new.severity, 'critical');
      incident.escalation_level := coalesce(new.escalation_level, 0);
      perform check_incident(incident.status, incident.severity, incident.escalation_level);
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
      insert into incident_state select incident.*;
      insert into incident_changes (project_id, incident_id, type, data, actor_id)
        values (incident.project_id, incident.id, 'incident.inserted',
          jsonb_build_object(
            'scope', jsonb_build_object('service', incident.service,
              'environment', incident.environment, 'route', incident.route, 'kind', incident.kind),
            'columns', incident_columns(incident))::text,
          person_named(incident.project_id, session_user::text));
      select * into new from incidents
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
    language plpgsql security definer set search_path = public as $$
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
