import { primariesOf, type RedisClient } from './redis-client.ts'

/**
 * Calls `onRestart` when another run of Redis answers than before: it was started again, or a
 * replica took over. Returns a function that ends the watch.
 *
 * Looked at whenever a connection is made: a run can't change under a connection. A flush is no
 * restart and is not seen here; the reconciler adds what is due anyway.
 */
export function watchRedisRun(client: RedisClient, onRestart: () => void): () => void {
  let known: ReadonlySet<string> = new Set()
  const look = async (): Promise<void> => {
    const seen = afterLook(known, await runsOf(client))
    known = seen.known
    if (seen.isRestart) onRestart()
  }
  const onConnected = (): void => {
    look().catch(() => {
      // A connection that is lost again before it answered is looked at when it is back.
    })
  }
  // A cluster tells of each of its servers.
  const names = ['ready', '+node'] as const
  for (const name of names) client.on(name, onConnected)
  return () => {
    for (const name of names) client.off(name, onConnected)
  }
}

/**
 * Returns what is known after a look, and whether a run that was known has given way to another. A
 * cluster is got to know server by server, so a further run alone is no restart; nor is one that is
 * merely out of sight, which may come back as it was.
 */
export function afterLook(
  known: ReadonlySet<string>,
  seen: ReadonlySet<string>,
): { readonly known: ReadonlySet<string>; readonly isRestart: boolean } {
  const hasNew = [...seen].some((run) => !known.has(run))
  const hasLost = [...known].some((run) => !seen.has(run))
  const isRestart = hasNew && hasLost
  return { known: isRestart ? seen : new Set([...known, ...seen]), isRestart }
}

/** Returns the run ids of all primaries that answer; INFO does not tell them everywhere. */
async function runsOf(client: RedisClient): Promise<ReadonlySet<string>> {
  const infos = await Promise.all(primariesOf(client).map((primary) => primary.info('server')))
  return new Set(infos.flatMap((info) => /^run_id:(\S+)/mu.exec(info)?.[1] ?? []))
}
