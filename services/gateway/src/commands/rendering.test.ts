import {
  DEFAULT_ENVIRONMENT,
  type EpochMs,
  type ServiceName,
  type StoredCommand,
  type VersionName,
} from '@portcullis/contracts'
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

t.test(
  'an announcement that the version before decided is answered as a whole release',
  async (t) => {
    const command: StoredCommand = {
      type: 'announce_release',
      service: 'shop' as ServiceName,
      environment: DEFAULT_ENVIRONMENT,
      version: '1' as VersionName,
      commit: null,
      url: null,
      at: 0 as EpochMs,
    }
    const { type: _, ...release } = command
    const result = { release: { ...release, source: 'api', position: 3 }, is_new: true }
    const rendering = renderingOf(command, READING)
    t.strictSame(await rendering.done(result), {
      status: 201,
      body: {
        ok: true,
        is_new: true,
        release: {
          service: 'shop',
          environment: 'production',
          version: '1',
          commit: null,
          url: null,
          labels: {},
          source: 'api',
          announced_at: '1970-01-01T00:00:00.000Z',
          run: 1,
          state: 'running',
          state_since: null,
          rolled_back_to: null,
          position: 3,
          approvals: [],
        },
      },
    })
  },
)
