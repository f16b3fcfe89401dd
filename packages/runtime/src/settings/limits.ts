import { integer } from './kind.ts'
import { setting } from './setting.ts'

export const limitSettings = {
  routesPerService: setting('PORTCULLIS_ROUTES_PER_SERVICE_MAX', integer(1, 100_000), {
    description: 'Routes per service and environment; what comes beyond is counted as `OTHER`.',
    fallback: '1000',
  }),
  routesPerProject: setting('PORTCULLIS_ROUTES_PER_PROJECT_MAX', integer(1, 1_000_000), {
    description: 'Routes of all services together; what comes beyond is counted as `OTHER`.',
    fallback: '20000',
  }),
  versionsPerDay: setting('PORTCULLIS_VERSIONS_PER_DAY_MAX', integer(1, 100_000), {
    description:
      'New versions of a service in an environment in 24 hours; traffic of further ones counts without a version.',
    fallback: '100',
  }),
  bodyBytes: setting('PORTCULLIS_BODY_BYTES_MAX', integer(1_024, 104_857_600), {
    description: 'Size of a batch in bytes, as sent and as unpacked.',
    fallback: '10485760',
  }),
  queueDepth: setting('PORTCULLIS_QUEUE_DEPTH_MAX', integer(1, 10_000_000), {
    description: 'Jobs waiting in one queue from which the gateway answers 503.',
    fallback: '5000',
  }),
  queueAgeMs: setting('PORTCULLIS_QUEUE_AGE_MS_MAX', integer(1_000, 3_600_000), {
    description:
      'Age in milliseconds of the oldest waiting job of a queue from which the gateway answers 503.',
    fallback: '60000',
  }),
  commandWaitMs: setting('PORTCULLIS_COMMAND_WAIT_MS', integer(1, 60_000), {
    description: 'How long a command is waited for before the answer is 202, in milliseconds.',
    fallback: '5000',
  }),
  guardPerMinute: setting('PORTCULLIS_GUARD_PER_MINUTE', integer(1, 1_000_000_000), {
    description: 'Questions to the guard per minute, caller and gateway.',
    fallback: '6000000',
  }),
  ingestPerMinute: setting('PORTCULLIS_INGEST_PER_MINUTE', integer(1, 1_000_000_000), {
    description: 'Batches per minute, key and gateway.',
    fallback: '600000',
  }),
  readsPerMinute: setting('PORTCULLIS_READS_PER_MINUTE', integer(1, 1_000_000_000), {
    description: 'Other questions per minute, caller and gateway.',
    fallback: '6000',
  }),
  keyCommandsPerMinute: setting('PORTCULLIS_KEY_COMMANDS_PER_MINUTE', integer(1, 1_000_000_000), {
    description: 'Commands of an API key per minute, over all gateways.',
    fallback: '600000',
  }),
  personCommandsPerMinute: setting('PORTCULLIS_COMMANDS_PER_MINUTE', integer(1, 1_000_000_000), {
    description: 'Commands of a person per minute, over all gateways; acknowledgements aside.',
    fallback: '60',
  }),
  acksPerMinute: setting('PORTCULLIS_ACKS_PER_MINUTE', integer(1, 1_000_000_000), {
    description: 'Acknowledgements of a person per minute, over all gateways.',
    fallback: '10',
  }),
  diskFreeMib: setting('PORTCULLIS_DISK_FREE_MIB_MIN', integer(0, 1_048_576), {
    description:
      'Free space of the embedded database in MiB below which nothing more is accepted (503).',
    fallback: '512',
  }),
} as const
