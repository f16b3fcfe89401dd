import type { StoredCommand } from '@portcullis/contracts'
import t from 'tap'

import { renderingOf } from './rendering.ts'

t.test(
  'a command that can never be decided is a fault of ours, whatever it is about',
  async (t) => {
    const commands: readonly StoredCommand[] = [{ type: 'tick' }, { type: 'resolve', note: null }]
    for (const command of commands) {
      const rendering = renderingOf(command, () => Promise.resolve(String))
      t.match(await rendering.rejected({ reason: 'undecidable', incident: null }), {
        problemCode: 'INTERNAL_ERROR',
        members: { detail: /nothing of it happened/u, more: { reason: 'undecidable' } },
      })
    }
  },
)
