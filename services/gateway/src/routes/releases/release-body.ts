import type { Release } from '@portcullis/domain'
import { z } from 'zod'

/** A release as it is answered. */
export const ReleaseBody = z.object({
  service: z.string(),
  environment: z.string(),
  version: z.string(),
  commit: z.string().nullable(),
  url: z.string().nullable(),
  source: z.enum(['metrics', 'api']).describe('How it became known'),
  announced_at: z.iso.datetime().describe('When it last went live, as far as is known'),
  position: z.int().describe('In the log, of the last event'),
})
export type ReleaseBody = z.infer<typeof ReleaseBody>

/** Returns a release as it is answered. */
export function releaseBodyOf(release: Release & { readonly position: number }): ReleaseBody {
  const { service, environment, version, commit, url, source, at, position } = release
  const announced_at = new Date(at).toISOString()
  return { service, environment, version, commit, url, source, announced_at, position }
}
