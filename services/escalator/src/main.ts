import {
  createLifecycle,
  openLog,
  databaseUrlOf,
  randomUuid,
  readConfig,
} from '@portcullis/runtime'

import { runEscalator } from './run.ts'

const { config, warnings } = readConfig()
const instance = randomUuid()
const log = await openLog({ service: 'escalator', instance, config })
for (const warning of warnings) log.warn(warning)
const lifecycle = createLifecycle({ log })
const connectionString = databaseUrlOf(config)
await runEscalator({ config, instance, log, lifecycle, connectionString })
lifecycle.listen()
log.info('ready')
