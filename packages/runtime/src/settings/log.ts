import { LOG_LEVELS } from '../logger.ts'
import { oneOf } from './kind.ts'
import { setting } from './setting.ts'

export const logSettings = {
  level: setting('LOG_LEVEL', oneOf(LOG_LEVELS), {
    description: 'Lines of at least this weight are written.',
    fallback: 'info',
  }),
} as const
