import {
  type CommandId,
  CommandsMessage,
  INCIDENT_COMMANDS_QUEUE,
  type NotificationId,
  type NotificationMessage,
  NOTIFICATIONS_QUEUE,
  SECOND_MS,
} from '@portcullis/contracts'
import { inTransaction, isRetryable } from '@portcullis/event-log'
import { enqueueHints } from '@portcullis/projections'
import { createProducer, type QueueBackend, startQueueWorker } from '@portcullis/queues'
import { every, type Logger } from '@portcullis/runtime'

import { announceDecided } from './announce-decided.ts'
import { decideApart } from './decide-apart.ts'
import type { DecisionContext } from './decide-commands.ts'
import { fireTimers } from './fire-timers.ts'
import type { Undecidable } from './refuse-undecidable.ts'
import { restoreMissing } from './restore-missing.ts'
import { runOperations } from './run-operations.ts'
import { waitingCommands } from './waiting-commands.ts'

/** What the escalator stands on. */
export interface EscalatorDeps extends DecisionContext {
  readonly queues: QueueBackend
  readonly log: Logger
}

/** A running escalator. */
export interface Escalator {
  close(): Promise<void>
}

/** Jobs held at a time; each may carry many commands. */
const JOBS_AT_ONCE = 100

/** Timers fired in one transaction; the next round follows at once when there were so many. */
const TIMERS_MAX = 200

const TIMER_POLL_MS = 500
const SWEEP_MS = SECOND_MS
const RESTORE_MS = 30 * SECOND_MS

/** A command that waits for so long was not announced by a job, or its incident was held. */
const SWEEP_AFTER_MS = 500

/**
 * Starts the escalator: decides commands that jobs announce, sweeps up commands that no job
 * announced (so commands are decided while the queue is away), fires due timers, and restores timers
 * that are missing.
 */
export function startEscalator(deps: EscalatorDeps): Escalator {
  const { pool, project, queues, log } = deps
  const notifications = createProducer<NotificationMessage>(queues, NOTIFICATIONS_QUEUE)

  const hint = (deliveries: readonly NotificationId[]) =>
    enqueueHints(notifications, { project, deliveries }).catch((error: unknown) => {
      // The rows are in the outbox, and the notifier's own sweep finds them.
      log.warn({ err: error, deliveries: deliveries.length }, 'deliveries were not announced')
    })

  const tell = async (done: {
    readonly decided: readonly CommandId[]
    readonly deliveries: readonly NotificationId[]
    readonly undecidable: readonly Undecidable[]
  }): Promise<void> => {
    for (const { id, correlationId, error } of done.undecidable) {
      log.error({ command: id, correlationId, err: error }, 'a command can never be decided')
    }
    await announceDecided(pool, done.decided)
    await hint(done.deliveries)
  }

  const decide = async (ids: readonly CommandId[]): Promise<void> => {
    const commands = await decideApart(deps, ids)
    const { decided, putAside, stoppedBy } = commands
    if (putAside.length > 0)
      log.info({ commands: putAside.length }, 'commands wait for a held incident')
    await tell(commands)
    const operations = await runOperations(deps, without(ids, [...decided, ...putAside]))
    await tell(operations)
    for (const { id, error } of operations.failed) {
      log.warn({ command: id, err: error }, 'an operation failed, and is tried again')
    }
    if (stoppedBy !== null) throw stoppedBy
  }

  const fire = async (): Promise<number> => {
    const round = { limit: TIMERS_MAX, overdue: false }
    const fired = await inTransaction(pool, (tx) => fireTimers(tx, deps, round))
    for (const { incidentId, step } of fired.heldBack) {
      log.info({ incident: incidentId, ...step }, 'an escalation is due and held back')
    }
    if (fired.escalated > 0) log.info({ incidents: fired.escalated }, 'escalated')
    await hint(fired.deliveries)
    return fired.due
  }

  const worker = startQueueWorker(queues, {
    queue: INCIDENT_COMMANDS_QUEUE,
    schema: CommandsMessage,
    run: (items) => decide(items.flatMap((item) => item.message.commandIds)),
    isRetryable,
    concurrency: JOBS_AT_ONCE,
  })
  const loops = [
    every(TIMER_POLL_MS, { log, name: 'timers' }, async (stopping) => {
      let due = TIMERS_MAX
      while (due === TIMERS_MAX && !stopping.aborted) due = await fire()
    }),
    every(SWEEP_MS, { log, name: 'command sweep' }, async (stopping) => {
      const waiting = waitingCommands(pool, project, SWEEP_AFTER_MS, stopping)
      for await (const ids of waiting) await decide(ids)
    }),
    every(RESTORE_MS, { log, name: 'timer restoration' }, async () => {
      const restored = await restoreMissing(deps)
      if (restored > 0) log.warn({ timers: restored }, 'missing timers were made again')
    }),
  ]
  return {
    close: async () => {
      await worker.close()
      await Promise.all(loops.map((loop) => loop.stop()))
    },
  }
}

function without(ids: readonly CommandId[], known: readonly CommandId[]): CommandId[] {
  const taken = new Set(known)
  return ids.filter((id) => !taken.has(id))
}
