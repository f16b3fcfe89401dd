import { type QueueBackend as TestedBackend, type TestScope, waitFor } from '@portcullis/testkit'

import {
  migrateQueues,
  openQueueBackend,
  type QueueBackend,
  type QueueBackendConfig,
  type QueueWorkerOptions,
} from '../src/index.ts'

export interface Note {
  readonly text: string
}

export const QUEUE = 'request-metrics-0'

/** Opens a backend on a place of its own and closes it with the test. */
export async function openForTest(
  t: TestScope,
  tested: TestedBackend,
): Promise<{ backend: QueueBackend; config: QueueBackendConfig; errors: Error[] }> {
  const config = await tested.start(t)
  if (config.kind === 'postgres') await migrateQueues(config.connectionString)
  return { ...openOn(t, config), config }
}

/** Opens a backend where one is already. */
export function openOn(
  t: TestScope,
  config: QueueBackendConfig,
  onRedisRestart = (): void => {},
): { backend: QueueBackend; errors: Error[] } {
  const errors: Error[] = []
  const onError = (error: Error): void => void errors.push(error)
  const backend = openQueueBackend(config, { onError, onRedisRestart })
  t.teardown(async () => backend.close())
  return { backend, errors }
}

/** Returns when the backend answers. */
export async function reachable(backend: QueueBackend): Promise<void> {
  await waitFor(async () => (await backend.check()) !== undefined, { what: 'the backend' })
}

/** A worker's options for notes: `run` gets their texts. */
export function noteWorker(
  run: (texts: readonly string[]) => Promise<void>,
  more: Partial<QueueWorkerOptions<Note>> = {},
): QueueWorkerOptions<Note> {
  return {
    queue: QUEUE,
    schema: {
      safeParse: (data) =>
        isNote(data)
          ? { success: true, data }
          : { success: false, error: { message: 'text: must be a string' } },
    },
    run: async (items) => run(items.map(({ message }) => message.text)),
    isRetryable: (error) => error instanceof Error && error.message.startsWith('away'),
    concurrency: 20,
    ...more,
  }
}

function isNote(data: unknown): data is Note {
  return (
    typeof data === 'object' && data !== null && 'text' in data && typeof data.text === 'string'
  )
}
