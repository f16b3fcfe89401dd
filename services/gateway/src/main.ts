import {
  createLifecycle,
  createLogger,
  databaseUrlOf,
  randomUuid,
  readConfig,
} from '@portcullis/runtime'

import { runGateway } from './run.ts'

const { config, warnings } = readConfig()
const instance = randomUuid()
const log = createLogger({ service: 'gateway', instance, level: config.log.level })
for (const warning of warnings) log.warn(warning)
const lifecycle = createLifecycle({ log })
const connectionString = databaseUrlOf(config)
await runGateway({ config, warnings, instance, log, lifecycle, connectionString })
lifecycle.listen()
log.info('ready')
