import { logFileAt } from './log-file.ts'
import { createLogger, type Logger } from './logger.ts'
import type { Config } from './settings/groups.ts'

/** Opens the log of a process where its settings want it. */
export async function openLog({
  service,
  instance,
  config,
}: {
  readonly service: string
  readonly instance: string
  readonly config: Pick<Config, 'log'>
}): Promise<Logger> {
  const { level, file } = config.log
  if (file === undefined) return createLogger({ service, instance, level })
  return createLogger({ service, instance, level, destination: await logFileAt(file) })
}
