import { integer } from './kind.ts'
import { setting } from './setting.ts'

export const retentionSettings = {
  batchesDays: setting('PORTCULLIS_KEEP_BATCHES_DAYS', integer(2, 3_650), {
    description: 'Days that metric batches are kept.',
    fallback: '15',
  }),
  minutesDays: setting('PORTCULLIS_KEEP_MINUTES_DAYS', integer(14, 36_500), {
    description: 'Days that figures by the minute are kept.',
    fallback: '400',
  }),
  idsHours: setting('PORTCULLIS_KEEP_IDS_HOURS', integer(24, 8_760), {
    description: 'Hours in which a repeated batch id or idempotency key is known again.',
    fallback: '24',
  }),
  commandsDays: setting('PORTCULLIS_KEEP_COMMANDS_DAYS', integer(1, 3_650), {
    description: 'Days that decided commands are kept; what they led to stays in the log.',
    fallback: '30',
  }),
} as const
