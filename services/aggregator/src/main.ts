import {
  createLifecycle,
  createLogger,
  databaseUrlOf,
  randomUuid,
  readConfig,
} from '@portcullis/runtime'

import { runAggregator } from './run.ts'

const { config, warnings } = readConfig()
const instance = randomUuid()
const log = createLogger({ service: 'aggregator', instance, level: config.log.level })
for (const warning of warnings) log.warn(warning)
const lifecycle = createLifecycle({ log })
const connectionString = databaseUrlOf(config)
await runAggregator({ config, instance, log, lifecycle, connectionString })
lifecycle.listen()
log.info('ready')
