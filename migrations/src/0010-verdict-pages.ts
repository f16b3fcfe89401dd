import { type Kysely, sql } from 'kysely'

/**
 * Changes of verdicts are listed newest first, over all services, and views follow what changed; nothing needs these
 * indexes but speed.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create index events_verdicts on events (project_id, position)
    where type = 'verdict.changed'`.execute(db)
  await sql`create index releases_by_position on releases (project_id, position)`.execute(db)
  await sql`create index waivers_by_position on waivers (project_id, position)`.execute(db)
}
