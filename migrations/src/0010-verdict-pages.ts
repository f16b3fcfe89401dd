import { type Kysely, sql } from 'kysely'

/** Changes of verdicts are listed newest first, over all services; nothing needs this index but speed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create index events_verdicts on events (project_id, position)
    where type = 'verdict.changed'`.execute(db)
}
