import type { NotificationMessage, ProjectId } from '@portcullis/contracts'

/** The channel of LISTEN and NOTIFY on which decided commands are told, ids separated by commas. */
export const DECIDED_CHANNEL = 'portcullis_decided'

/** What adds jobs to a queue (packages/queues). */
interface HintProducer {
  addAll(jobs: readonly { jobId: string; message: NotificationMessage }[]): Promise<void>
}

/**
 * Announces outbox rows to the notifier, after the commit that wrote them. A hint that is lost costs
 * time only: the rows are due, and the notifier looks for due rows by itself.
 */
export async function enqueueHints(
  notifications: HintProducer,
  { project, deliveries }: { project: ProjectId; deliveries: readonly string[] },
): Promise<void> {
  if (deliveries.length === 0) return
  await notifications.addAll(
    deliveries.map((id) => ({
      jobId: id,
      message: { v: 1, project, notificationId: id as NotificationMessage['notificationId'] },
    })),
  )
}
