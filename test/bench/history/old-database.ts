import type { EpochMs } from '@portcullis/contracts'
import { isoOf } from '@portcullis/projections'
import { createDatabase, startPostgres } from '@portcullis/testkit'
import type { Pool } from 'pg'

import { runCli } from '../product/run-cli.ts'
import type { Scope } from '../scope.ts'

/** The product's own settings: the kit's servers would not sync. */
const AS_THE_PRODUCT = { fsync: 'on', full_page_writes: 'on' }

/** A database whose log began a while ago. */
export interface OldDatabase {
  readonly url: string
  readonly pool: Pool
}

/**
 * Starts an embedded Postgres with a database whose log begins at an instant of the past, by a key that is made
 * then: SQL finds a `clock_timestamp()` of the bench's own before that of Postgres. From then on it lives in the present.
 */
export async function startOldDatabase(scope: Scope, beganAt: EpochMs): Promise<OldDatabase> {
  const { connectionString: server } = await startPostgres(scope, AS_THE_PRODUCT)
  const { connectionString: url, name, pool } = await createDatabase(scope, { server })
  await pool.query(`create schema any_time;
    create function any_time.clock_timestamp() returns timestamptz language sql
      as 'select timestamptz ''${isoOf(beganAt)}''';
    alter database ${name} set search_path = any_time, public, pg_catalog`)
  await runCli(url, ['keys', 'create', '--role', 'ops_viewer'])
  await pool.query(`alter database ${name} reset search_path; drop schema any_time cascade`)
  return { url, pool }
}
