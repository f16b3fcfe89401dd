import {
  createLifecycle,
  openLog,
  databaseUrlOf,
  randomUuid,
  readConfig,
} from '@portcullis/runtime'

import { runAggregator } from './run.ts'

const { config, warnings } = readConfig()
const instance = randomUuid()
const log = await openLog({ service: 'aggregator', instance, config })
for (const warning of warnings) log.warn(warning)
const lifecycle = createLifecycle({ log })
const connectionString = databaseUrlOf(config)
await runAggregator({ config, instance, log, lifecycle, connectionString })
lifecycle.listen()
log.info('ready')
