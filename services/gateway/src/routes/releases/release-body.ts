import type { PrincipalId } from '@portcullis/contracts'
import { isoOf, type NameOf, type ReleaseRow } from '@portcullis/projections'
import { z } from 'zod'

const Instant = z.iso.datetime()

/** What a release is, as it is answered. */
export const ReleaseBody = z.object({
  service: z.string(),
  environment: z.string(),
  version: z.string(),
  commit: z.string().nullable(),
  url: z.string().nullable(),
  labels: z.record(z.string(), z.string()),
  source: z.enum(['metrics', 'api']).describe('How it became known'),
  announced_at: Instant.describe('When it last went live, as far as is known'),
  run: z.int().positive().describe('How often it was begun'),
  state: z.enum(['running', 'promoted', 'finished', 'rolled_back', 'aborted']),
  state_since: Instant.nullable().describe('Null while it is `running`'),
  rolled_back_to: z.string().nullable().describe('What went live again in its place'),
  position: z.int().describe('In the log, of the last event'),
})
export type ReleaseBody = z.infer<typeof ReleaseBody>

/** A release with who said yes to it. */
export const ApprovedReleaseBody = ReleaseBody.extend({
  approvals: z
    .array(z.object({ by: z.string(), role: z.string().describe('At that moment'), at: Instant }))
    .describe('Of this run, in their order'),
})
export type ApprovedReleaseBody = z.infer<typeof ApprovedReleaseBody>

/** Returns a release as it is answered. */
export function releaseBodyOf(release: ReleaseRow): ReleaseBody {
  const { service, environment, version, commit, url, labels, source } = release
  const { at, run, life, position } = release
  return {
    ...{ service, environment, version, commit, url, labels, source },
    announced_at: isoOf(at),
    run,
    state: life.status,
    state_since: life.status === 'running' ? null : isoOf(life.since),
    rolled_back_to: life.status === 'rolled_back' ? life.to : null,
    position,
  }
}

/** Returns a release and who said yes to it, as it is answered. */
export function approvedReleaseBodyOf(release: ReleaseRow, nameOf: NameOf): ApprovedReleaseBody {
  const approvals = release.approvals.map(({ by, role, at }) => {
    return { by: nameOf(by), role, at: isoOf(at) }
  })
  return { ...releaseBodyOf(release), approvals }
}

/** Returns whose names an answer about a release needs. */
export function peopleOfRelease({ approvals }: Pick<ReleaseRow, 'approvals'>): PrincipalId[] {
  return approvals.map(({ by }) => by)
}
