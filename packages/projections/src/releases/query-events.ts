import type { ProjectId, RecordedEvent, ReleaseEvent } from '@portcullis/contracts'
import { type Db, readStreamMentions, releaseStream } from '@portcullis/event-log'

import { isReleaseEvent } from './model.ts'
import type { ReleaseKey } from './query.ts'

/**
 * Returns what happened to a release, the newest first, at most `limit` events: those below `before`, a version
 * of the stream, where it is given. A roll-back to the release happened to it as well.
 */
export async function releaseEvents(
  db: Db,
  project: ProjectId,
  { service, environment, version }: ReleaseKey,
  page: { readonly before: number | null; readonly limit: number },
): Promise<RecordedEvent<ReleaseEvent>[]> {
  const events = await readStreamMentions(
    db,
    { project, stream: releaseStream(service, environment) },
    { mention: { members: ['version', 'to'], value: version }, ...page },
  )
  return events.filter(isReleaseEvent)
}
