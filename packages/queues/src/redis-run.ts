import { primariesOf, type RedisClient } from './redis-client.ts'

/**
 * Calls `onRestart` when another run of Redis answers than before: it was started again, or a
 * replica took over. Returns a function that ends the watch.
 *
 * Looked at whenever a connection is made: a run can't change under a connection. A flush is no
 * restart and is not seen here; the reconciler adds what is due anyway.
 */
export function watchRedisRun(client: RedisClient, onRestart: () => void): () => void {
  let known: string | undefined
  const look = async (): Promise<void> => {
    const runs = await runsOf(client)
    if (runs === '') return
    const isAnother = known !== undefined && known !== runs
    known = runs
    if (isAnother) onRestart()
  }
  const onConnected = (): void => {
    // A connection that is lost again before it answered is looked at when it is back.
    look().catch(() => {})
  }
  // A cluster tells of each of its servers.
  const names = ['ready', '+node'] as const
  for (const name of names) client.on(name, onConnected)
  return () => {
    for (const name of names) client.off(name, onConnected)
  }
}

/** Returns the run ids of all primaries in one text; empty where INFO does not tell them. */
async function runsOf(client: RedisClient): Promise<string> {
  const infos = await Promise.all(primariesOf(client).map((primary) => primary.info('server')))
  const ids = infos.flatMap((info) => /^run_id:(\S+)/mu.exec(info)?.[1] ?? [])
  return ids.toSorted().join(' ')
}
