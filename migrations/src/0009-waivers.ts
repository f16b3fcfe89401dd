import { type Kysely, sql } from 'kysely'

/** Who let what through, despite violations, and until when. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
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
      ends_at timestamptz not null,
      needs_second boolean not null,
      granted_by text not null,
      granted_at timestamptz not null,
      approved_by text,
      approved_at timestamptz,
      revoked_by text,
      revoked_at timestamptz,
      version integer not null,
      position bigint not null,
      primary key (project_id, waiver_id)
    )`.execute(db)
  await sql`
    create index waivers_by_time on waivers (project_id, granted_at, waiver_id)`.execute(db)
  // Those that may still let something through are few, and asked for at every verdict.
  await sql`
    create index waivers_by_end on waivers (project_id, ends_at)
    where status <> 'revoked'`.execute(db)
}
