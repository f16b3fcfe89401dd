import { type Kysely, sql } from 'kysely'

/** Incidents are listed newest first, page by page; nothing needs this index but speed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create index incident_state_newest
    on incident_state (project_id, first_seen desc, id desc)`.execute(db)
}
