import { type Kysely, sql } from 'kysely'

/**
 * `incidents` is a view with names in the place of ids, and here is what the triggers on it (the next
 * migration) are made of: who a name stands for, what may be written, and a row as an event tells it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createView(db)
  await createChecks(db)
  await createPeople(db)
  await createColumns(db)
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

async function createPeople(db: Kysely<unknown>): Promise<void> {
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
}

async function createColumns(db: Kysely<unknown>): Promise<void> {
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
