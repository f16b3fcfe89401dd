import type { NotificationId, NotificationMessage, ProjectId } from '@portcullis/contracts'

/** The channel of LISTEN and NOTIFY on which decided commands are told, ids separated by commas. */
export const DECIDED_CHANNEL = 'portcullis_decided'

/** What adds jobs to a queue (packages/queues). */
interface HintProducer {
  addAll(jobs: readonly { jobId: string; message: NotificationMessage }[]): Promise<void>
}

/**
 * Deliveries that share a job. A job costs about a millisecond of Postgres (bench `commands`), and the
 * rows remember their own attempts: nothing is delivered again because a neighbour failed.
 */
export const HINTS_PER_JOB = 32

/**
 * Announces outbox rows to the notifier, after the commit that wrote them. A hint that is lost costs
 * time only: the rows are due, and the notifier looks for due rows by itself.
 */
export async function enqueueHints(
  notifications: HintProducer,
  { project, deliveries }: { project: ProjectId; deliveries: readonly NotificationId[] },
): Promise<void> {
  if (deliveries.length === 0) return
  const jobs = chunksOf(deliveries, HINTS_PER_JOB).map((notificationIds) => ({
    jobId: notificationIds[0]!,
    message: { v: 1 as const, project, notificationIds },
  }))
  await notifications.addAll(jobs)
}

/** Cuts a list into parts of at most `size`. */
export function chunksOf<Item>(items: readonly Item[], size: number): Item[][] {
  const count = Math.ceil(items.length / size)
  return Array.from({ length: count }, (_, nth) => items.slice(nth * size, (nth + 1) * size))
}
