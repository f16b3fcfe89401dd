import { type Kysely, sql } from 'kysely'

/** What is in force, and what was: policies, objectives and freezes. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table policies (
      project_id text not null,
      kind text not null,
      name text not null,
      policy_version text not null,
      document text not null,
      is_removed boolean not null,
      changed_by text not null,
      changed_at timestamptz not null,
      version integer not null,
      position bigint not null,
      primary key (project_id, kind, name)
    )`.execute(db)
  await sql`
    alter table verdict_outcomes add column policies jsonb not null default '[]'`.execute(db)
  await sql`
    create index verdict_outcomes_by_position on verdict_outcomes (project_id, position)`.execute(
    db,
  )
}
