import type { Gateway } from '../../zod-routes.ts'
import { addAnnouncement, type AnnouncementOptions } from './announcement-route.ts'
import { addReleaseCommands, type ReleaseCommandOptions } from './command-routes.ts'
import { addReleaseReads, type ReleaseReadOptions } from './read-routes.ts'

export type ReleaseOptions = AnnouncementOptions & ReleaseCommandOptions & ReleaseReadOptions

/** Releases: saying that one went live, what becomes of it, and looking at them. */
export async function addReleases(scope: Gateway, options: ReleaseOptions): Promise<void> {
  await scope.register((announcement: Gateway) => addAnnouncement(announcement, options))
  await scope.register((commands: Gateway) => addReleaseCommands(commands, options))
  await scope.register((reads: Gateway) => addReleaseReads(reads, options))
}
