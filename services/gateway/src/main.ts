import {
  createLifecycle,
  openLog,
  databaseUrlOf,
  randomUuid,
  readConfig,
} from '@portcullis/runtime'

import { runGateway } from './run.ts'

const { config, warnings } = readConfig()
const instance = randomUuid()
const log = await openLog({ service: 'gateway', instance, config })
for (const warning of warnings) log.warn(warning)
const lifecycle = createLifecycle({ log })
const connectionString = databaseUrlOf(config)
await runGateway({ config, warnings, instance, log, lifecycle, connectionString })
lifecycle.listen()
log.info('ready')
