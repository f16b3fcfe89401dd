import { LOG_LEVELS } from '../logger.ts'
import { oneOf, text } from './kind.ts'
import { optional, setting } from './setting.ts'

export const logSettings = {
  level: setting('LOG_LEVEL', oneOf(LOG_LEVELS), {
    description: 'Lines of at least this weight are written.',
    fallback: 'info',
  }),
  file: optional('PORTCULLIS_LOG_FILE', text(1, 4_096), {
    description:
      'File that the log is appended to. Unset: standard output; under `npm start`, `portcullis.log` in the data folder.',
  }),
} as const
