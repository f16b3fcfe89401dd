import type { CommandId, EpochMs } from '@portcullis/contracts'
import { createGroupCommit } from '@portcullis/queues'
import { type Clock, every, type Logger } from '@portcullis/runtime'

import type { CommandState } from './command-rows.ts'

/** Reads those of the given commands that are decided. */
export type ReadDecided = (ids: readonly CommandId[]) => Promise<Map<CommandId, CommandState>>

/** Requests that wait for the answers to their commands. */
export interface Answers {
  /**
   * Waits for a command's answer, at most `waitMs`; then it is `waiting` still. Begin to wait before
   * the command can be decided, so that its signal finds somebody.
   */
  expect(id: CommandId, waitMs: number): Promise<CommandState>
  /** Nobody waits for that command any more. */
  forget(id: CommandId): void
  /** Hears of commands that are decided; those that nobody waits for here are left alone. */
  noteDecided(ids: readonly CommandId[]): void
  close(): Promise<void>
}

/** How often those who wait look for themselves: a signal may be missed. */
const LOOK_MS = 250
/** Answers read by one statement. */
const READ_MAX = 500

interface Waiter {
  readonly since: EpochMs
  readonly until: EpochMs
  readonly promise: Promise<CommandState>
  readonly resolve: (state: CommandState) => void
}

/**
 * Returns the waiting room of a gateway. A waiter ends in one of three ways: a signal says that its
 * command is decided, and the row is read with others of that moment; no signal came, and the slow
 * look finds the row decided; or its time is over. Where the store is away nobody is told more than
 * that the command waits: it is written, and will be decided.
 */
export function createAnswers(
  readDecided: ReadDecided,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): Answers {
  const waiters = new Map<CommandId, Waiter>()
  const settle = (id: CommandId, state: CommandState): void => {
    waiters.get(id)?.resolve(state)
    waiters.delete(id)
  }
  const read = async (ids: readonly CommandId[]): Promise<void> => {
    for (const [id, state] of await readDecided(ids)) settle(id, state)
  }
  const reading = createGroupCommit<CommandId, void>({
    run: async (ids) => {
      await read(ids)
      return ids.map(() => undefined)
    },
    isRetryable: () => true,
    itemsMax: READ_MAX,
  })
  const looking = every(LOOK_MS, { log, name: 'answers to commands' }, async () => {
    const now = clock.now()
    for (const [id, { until }] of waiters) if (until <= now) settle(id, { status: 'waiting' })
    // Those that came a moment ago are most likely told in time.
    const patient = [...waiters].filter(([, { since }]) => now - since >= LOOK_MS)
    if (patient.length > 0) await read(patient.map(([id]) => id))
  })
  return {
    expect: (id, waitMs) => {
      const known = waiters.get(id)
      if (known !== undefined) return known.promise
      const { promise, resolve } = Promise.withResolvers<CommandState>()
      const since = clock.now()
      waiters.set(id, { since, until: (since + waitMs) as EpochMs, promise, resolve })
      return promise
    },
    forget: (id) => void waiters.delete(id),
    noteDecided: (ids) => {
      for (const id of ids) {
        if (!waiters.has(id)) continue
        // The slow look tries again.
        reading.submit(id).catch((error: unknown) => {
          log.debug({ err: error }, 'the answer to a command could not be read')
        })
      }
    },
    close: async () => {
      await looking.stop()
      await reading.whenIdle()
      for (const id of waiters.keys()) settle(id, { status: 'waiting' })
    },
  }
}
