import {
  type CommandId,
  type CommandsMessage,
  INCIDENT_COMMANDS_QUEUE,
  type ProjectId,
} from '@portcullis/contracts'
import { type Db, isRetryable } from '@portcullis/event-log'
import { createGroupCommit, createProducer, jobIdFor, type QueueBackend } from '@portcullis/queues'
import { type Clock, type Logger, newCommandId } from '@portcullis/runtime'

import { problem } from '../problem/problem.ts'
import { createAnswers } from './answers.ts'
import {
  type CommandState,
  type EarlierCommand,
  findCommand,
  insertCommands,
  type NewCommand,
  readDecided,
  type WrittenCommand,
} from './command-rows.ts'
import { listenForDecided } from './decided-signal.ts'

/** What takes commands in, and waits for what becomes of them. */
export interface CommandDesk {
  /**
   * Writes a command and waits for its answer, at most as long as the settings say; not at all with
   * `isAsync`. A command whose key was used before is not written again: its answer is the first one's.
   * Throws the problem IDEMPOTENCY_KEY_REUSED where it was used for something else.
   */
  submit(command: AskedCommand, isAsync: boolean): Promise<SubmittedCommand>
  find(id: CommandId): Promise<WrittenCommand | undefined>
  close(): Promise<void>
}

/** A command that has no id yet. */
export type AskedCommand = Omit<NewCommand, 'id'>

/** A command that is in the table, and what is known of its decision. */
export interface SubmittedCommand {
  readonly id: CommandId
  readonly state: CommandState
}

export interface CommandDeskParts {
  readonly db: Db
  readonly project: ProjectId
  readonly connectionString: string
  readonly queues: QueueBackend
  readonly clock: Clock
  readonly log: Logger
  /** PORTCULLIS_COMMAND_WAIT_MS. */
  readonly waitMs: number
  /** Throws a problem while nothing more may be stored. */
  readonly requireRoom: () => void
}

/** Commands written in one transaction; their ids share one job. */
const COMMANDS_MAX = 500
/**
 * How long the first command waits for company. Those who are answered together ask again together,
 * so a busy gateway falls into step: one statement, one job and one decision for all (bench
 * `commands`).
 */
const LINGER_MS = 8

/**
 * Opens the desk of a gateway. Commands that arrive together are written in one statement and
 * announced by one job; whoever waits is woken by the escalator's signal.
 */
export function openCommandDesk(parts: CommandDeskParts): CommandDesk {
  const { db, project, clock, log, waitMs } = parts
  const answers = createAnswers((ids) => readDecided(db, project, ids), { clock, log })
  const signal = listenForDecided({
    connectionString: parts.connectionString,
    log,
    onDecided: answers.noteDecided,
  })
  const announce = announcer(parts)
  const writing = createGroupCommit<NewCommand, EarlierCommand | undefined>({
    run: async (commands) => {
      const earlier = await insertCommands(db, project, commands)
      announce(commands.filter((_, nth) => earlier[nth] === undefined).map(({ id }) => id))
      return earlier
    },
    isRetryable,
    itemsMax: COMMANDS_MAX,
    lingerMs: LINGER_MS,
  })
  return {
    submit: async (asked, isAsync) => {
      parts.requireRoom()
      const id = newCommandId(clock.now())
      // Before it is written: it may be decided before this goes on.
      const answer = isAsync ? WAITING : answers.expect(id, waitMs)
      const earlier = await writing.submit({ ...asked, id }).catch((error: unknown) => {
        answers.forget(id)
        throw error
      })
      if (earlier === undefined) return { id, state: await answer }
      answers.forget(id)
      if (earlier.bodyHash !== asked.retry?.bodyHash) throw problem('IDEMPOTENCY_KEY_REUSED')
      if (isAsync) return { id: earlier.id, state: WAITING }
      const repeated = answers.expect(earlier.id, waitMs)
      // Most likely it was decided long ago: no signal will come.
      answers.noteDecided([earlier.id])
      return { id: earlier.id, state: await repeated }
    },
    find: (id) => findCommand(db, project, id),
    close: async () => {
      await signal.close()
      await answers.close()
    },
  }
}

const WAITING: CommandState = { status: 'waiting' }

/** Returns what puts the ids of written commands on the queue, without being waited for. */
function announcer({ queues, project, log }: CommandDeskParts): (ids: CommandId[]) => void {
  const producer = createProducer<CommandsMessage>(queues, INCIDENT_COMMANDS_QUEUE)
  return (ids) => {
    if (ids.length === 0) return
    const message: CommandsMessage = { v: 1, project, commandIds: ids }
    producer.add({ jobId: jobIdFor('commands', ids[0]!), message }).catch((error: unknown) => {
      // They are in the table, and the escalator's own sweep finds them.
      log.warn({ err: error, commands: ids.length }, 'commands were not announced')
    })
  }
}
