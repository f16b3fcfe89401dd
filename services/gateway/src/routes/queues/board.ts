import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { FastifyAdapter } from '@bull-board/fastify'
import { ALL_QUEUES, type QueueBackend } from '@portcullis/queues'

/** Where the board lives; it builds its links from it. */
export const BOARD_PATH = '/queues'

/** Returns Bull Board over all queues, whichever backend they have. */
export function createBoard(queues: QueueBackend): FastifyAdapter {
  const adapter = new FastifyAdapter()
  adapter.setBasePath(BOARD_PATH)
  createBullBoard({
    queues: ALL_QUEUES.map((name) => new BullMQAdapter(boardQueueOf(queues.queue(name)))),
    serverAdapter: adapter,
    options: {
      uiConfig: {
        boardTitle: 'Portcullis queues',
        miscLinks: [{ text: 'API', url: '/docs' }],
        // It asks every queue anew each time: seldom enough not to be felt.
        pollingInterval: { showSetting: true, forceInterval: 0 },
      },
    },
  })
  // The board's own handler answers with the error's words: the gateway's takes over.
  adapter.setErrorHandler((error) => {
    throw error
  })
  return adapter
}

type BoardQueue = ConstructorParameters<typeof BullMQAdapter>[0]

/** The board's types know Redis alone; it works on queues in Postgres too. */
function boardQueueOf(queue: object): BoardQueue {
  return queue as BoardQueue
}
