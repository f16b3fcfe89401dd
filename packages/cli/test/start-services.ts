import { runAggregator } from '@portcullis/aggregator'
import { runEscalator } from '@portcullis/escalator'
import { runGateway } from '@portcullis/gateway'
import { runNotifier } from '@portcullis/notifier'
import { migrateQueues } from '@portcullis/queues'
import { createLifecycle, createLogger, type ProcessParts, readConfig } from '@portcullis/runtime'
import { createDatabase, type TestScope } from '@portcullis/testkit'
import type { Pool } from 'pg'

import { type CallOptions, callCli, type CliAnswer } from './call-cli.ts'

/** Services on a database of their own, and the command line beside them. */
export interface RunningServices {
  readonly url: string
  readonly env: Readonly<Record<string, string>>
  readonly pool: Pool
  readonly cli: (argv: readonly string[], options?: CallOptions) => Promise<CliAnswer>
  readonly startAggregator: () => Promise<void>
  readonly startEscalator: () => Promise<void>
  readonly startNotifier: () => Promise<void>
}

const FIRST_TOKEN = 'the-first-admin-of-a-test'

/** Starts a real gateway on a free port, with further settings. Traffic is folded, and commands are decided, by those started beside. */
export async function startServices(
  t: TestScope,
  more: Readonly<Record<string, string>> = {},
): Promise<RunningServices> {
  const { connectionString, pool } = await createDatabase(t, {
    prepared: { name: 'queues', by: migrateQueues },
  })
  const own = { DATABASE_URL: connectionString, PORT: '0', PORTCULLIS_TOKEN: FIRST_TOKEN }
  const settings = { ...own, ...more }
  const { config, warnings } = readConfig({ env: settings })
  const log = createLogger({ service: 'test', instance: 'test', level: 'silent' })
  const lifecycle = createLifecycle({ log })
  t.teardown(async () => {
    await lifecycle.close('the test is over')
  })
  const instance = '00000000-0000-4000-8000-000000000000'
  const parts: ProcessParts = { config, instance, log, lifecycle, connectionString }
  const { address: url } = await runGateway({ ...parts, warnings })
  const env = {
    DATABASE_URL: connectionString,
    PORTCULLIS_URL: url,
    PORTCULLIS_TOKEN: FIRST_TOKEN,
  }
  return {
    url,
    env,
    pool,
    cli: (argv, options = {}) => callCli(argv, { ...options, env: { ...env, ...options.env } }),
    startAggregator: () => runAggregator(parts),
    startEscalator: () => runEscalator(parts),
    startNotifier: () => runNotifier(parts),
  }
}
