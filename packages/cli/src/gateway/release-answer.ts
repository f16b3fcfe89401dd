import { z } from 'zod'

import { Instant } from './instant.ts'
import { Waiting } from './waiting.ts'

/** What is read of a release; a newer gateway may say more. Instants become epoch milliseconds. */
const ReleaseAnswer = z.object({
  service: z.string(),
  environment: z.string(),
  version: z.string(),
  commit: z.string().nullable(),
  url: z.string().nullable(),
  labels: z.record(z.string(), z.string()),
  source: z.string(),
  announced_at: Instant,
  run: z.number(),
  state: z.string(),
  state_since: Instant.nullable(),
  rolled_back_to: z.string().nullable(),
  approvals: z.array(z.object({ by: z.string(), role: z.string(), at: Instant })),
})
export type ReleaseAnswer = z.infer<typeof ReleaseAnswer>

/** `GET /v1/releases`. */
export const ReleasePage = z.object({
  releases: z.array(ReleaseAnswer),
  next_cursor: z.string().nullable(),
})

const Happened = z.object({
  at: Instant,
  type: z.string(),
  who: z.object({ name: z.string() }),
  via: z.string(),
  what: z.record(z.string(), z.unknown()),
  note: z.string().nullable(),
})
export type Happened = z.infer<typeof Happened>

/** `GET /v1/releases/:service/:environment/:version`; what happened last comes first. */
export const ReleaseHistory = z.object({
  release: ReleaseAnswer,
  history: z.array(Happened),
  next_cursor: z.string().nullable(),
})
export type ReleaseHistory = z.infer<typeof ReleaseHistory>

/** The answer to a command: the release after it, or that it still waits to be decided. */
export const ReleaseCommandAnswer = z.union([z.object({ release: ReleaseAnswer }), Waiting])
