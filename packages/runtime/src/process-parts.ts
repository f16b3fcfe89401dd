import type { Lifecycle } from './lifecycle.ts'
import type { Logger } from './logger.ts'
import type { Config } from './settings/groups.ts'

/** What a process gives to each service that it runs, alone or beside others. */
export interface ProcessParts {
  readonly config: Config
  /** Id of this process's run. */
  readonly instance: string
  readonly log: Logger
  readonly lifecycle: Lifecycle
  /** Of the Postgres that the service works on. */
  readonly connectionString: string
}

/** Returns the configured database. Throws a sentence where there is none. */
export function databaseUrlOf(config: Pick<Config, 'storage'>): string {
  const { databaseUrl } = config.storage
  if (databaseUrl !== undefined) return databaseUrl
  throw new Error(
    'DATABASE_URL is not set. A service that is started alone needs a PostgreSQL (15 or newer); ' +
      '`npm start` brings its own.',
  )
}
