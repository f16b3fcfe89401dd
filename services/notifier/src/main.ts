import {
  createLifecycle,
  openLog,
  databaseUrlOf,
  randomUuid,
  readConfig,
} from '@portcullis/runtime'

import { runNotifier } from './run.ts'

const { config, warnings } = readConfig()
const instance = randomUuid()
const log = await openLog({ service: 'notifier', instance, config })
for (const warning of warnings) log.warn(warning)
const lifecycle = createLifecycle({ log })
const connectionString = databaseUrlOf(config)
await runNotifier({ config, instance, log, lifecycle, connectionString })
lifecycle.listen()
log.info('ready')
