import type { EventMeta } from '@portcullis/contracts'

/** Returns who and what led to the events of a command; `id` is null where the command was none of ours. */
export function commandMeta({
  id,
  actor,
  via,
  correlationId,
}: Pick<EventMeta, 'actor' | 'via' | 'correlationId'> & {
  readonly id: EventMeta['commandId']
}): EventMeta {
  return { actor, via, commandId: id, correlationId, causationId: null }
}
