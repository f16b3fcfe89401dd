import type { EpochMs, StoredCommand } from '@portcullis/contracts'
import t from 'tap'

import { type Reading, renderingOf } from './rendering.ts'

const READING: Reading = {
  namesFor: () => Promise.resolve(String),
  seal: {
    seal: async (by, text) => ({ by, sealed: text }),
    open: async (notes) => notes.map(({ sealed }) => sealed),
  },
  clock: { now: () => 0 as EpochMs },
}

t.test(
  'a command that can never be decided is a fault of ours, whatever it is about',
  async (t) => {
    const commands: readonly StoredCommand[] = [{ type: 'tick' }, { type: 'resolve', note: null }]
    for (const command of commands) {
      const rendering = renderingOf(command, READING)
      t.match(await rendering.rejected({ reason: 'undecidable', incident: null }), {
        problemCode: 'INTERNAL_ERROR',
        members: { detail: /nothing of it happened/u, more: { reason: 'undecidable' } },
      })
    }
  },
)
