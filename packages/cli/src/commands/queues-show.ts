import { ALL_QUEUES, type Fullness, type QueueFigures, watchQueues } from '@portcullis/queues'

import { type Cli, defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT } from '../exit.ts'
import { countParkedJobs } from '../store/parked-jobs.ts'
import { withQueues } from '../store/with-queues.ts'
import { type Store, withStore } from '../store/with-store.ts'
import { spanText } from '../terminal/span.ts'
import type { Cell } from '../terminal/table.ts'

interface ShownQueue extends QueueFigures {
  readonly queue: string
  readonly parked: number
  readonly fullness: Fullness
}

export const queuesShow = defineCommand({
  name: 'queues',
  summary: 'how deep and old the queues are, and what failed in them',
  details:
    'OLDEST is the age of the next job to be taken: while it stays small, work progresses. FAILED\n' +
    'counts what the services are about to run again and what is PARKED for a person. The gateway\n' +
    'answers 503 for a queue that is full. A queue that somebody paused in Bull Board takes jobs and\n' +
    'gives none.',
  options: { json: JSON_OPTION },
  run: async (cli, { json }) => {
    const queues = await withStore(cli, (store) => lookAtQueues(cli, store))
    if (json) cli.terminal.json(queues.map(wireOf))
    else print(cli, queues)
    return EXIT.ok
  },
})

async function lookAtQueues({ clock }: Cli, store: Store): Promise<ShownQueue[]> {
  const parked = await countParkedJobs(store.pool)
  const { queueDepth: depthMax, queueAgeMs: oldestWaitingMsMax } = store.config.limits
  return withQueues(store, async (backend) => {
    const watch = watchQueues(backend, {
      queues: ALL_QUEUES,
      limits: { depthMax, oldestWaitingMsMax },
      clock,
      // The look below meets the same failure, and throws it.
      onError: () => {},
    })
    try {
      await watch.look()
      return ALL_QUEUES.map((queue) => ({
        ...watch.figuresOf(queue)!,
        queue,
        parked: parked.get(queue) ?? 0,
        fullness: watch.fullnessOf(queue),
      }))
    } finally {
      await watch.close()
    }
  })
}

function print({ terminal }: Cli, queues: readonly ShownQueue[]): void {
  const { paint } = terminal
  const alarming = (count: number): Cell =>
    count === 0 ? '0' : { text: String(count), style: paint.bad }
  terminal.table({
    head: ['QUEUE', 'WAITING', 'ACTIVE', 'DELAYED', 'FAILED', 'PARKED', 'OLDEST', 'STATE'],
    figures: ['WAITING', 'ACTIVE', 'DELAYED', 'FAILED', 'PARKED', 'OLDEST'],
    rows: queues.map(({ queue, fullness, parked, ...figures }) => [
      queue,
      String(figures.waiting),
      String(figures.active),
      String(figures.delayed),
      alarming(figures.failed),
      alarming(parked),
      figures.waiting === 0 ? '-' : spanText(figures.oldestWaitingMs),
      stateOf(figures.isPaused, fullness, paint),
    ]),
  })
}

function stateOf(isPaused: boolean, fullness: Fullness, paint: Cli['terminal']['paint']): Cell {
  if (isPaused) return { text: 'paused', style: paint.bad }
  if (fullness.full) return { text: `full (${fullness.reason})`, style: paint.bad }
  return { text: 'open', style: paint.good }
}

function wireOf({ queue, waiting, active, delayed, failed, ...rest }: ShownQueue) {
  return {
    queue,
    waiting,
    active,
    delayed,
    failed,
    parked: rest.parked,
    oldest_waiting_ms: rest.oldestWaitingMs,
    full: rest.fullness.full ? rest.fullness.reason : null,
    paused: rest.isPaused,
  }
}
