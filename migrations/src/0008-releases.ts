import { type Kysely, sql } from 'kysely'

/** What becomes of a release: labels, runs, states and approvals. The defaults are what the log says of older ones. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table releases
      add column labels jsonb not null default '{}',
      add column run integer not null default 1,
      add column state text not null default 'running',
      add column state_since timestamptz,
      add column rolled_back_to text,
      add column approvals jsonb not null default '{}'`.execute(db)
}
