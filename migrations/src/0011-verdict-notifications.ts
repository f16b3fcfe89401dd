import { type Kysely, sql } from 'kysely'

/** Receivers can be told of verdicts too: a notification is about an incident, or about a service in an environment. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table notifications
      alter column incident_id drop not null,
      add column service text,
      add column environment text`.execute(db)
}
