import { once } from 'node:events'

import type { Redis } from 'ioredis'

import { primariesOf, type RedisClient } from './redis-client.ts'

/** What a Redis keeps of what it answered for; undefined where it does not tell. */
export interface RedisDurability {
  readonly version: string | undefined
  readonly appendonly: string | undefined
  readonly appendfsync: string | undefined
  readonly maxmemoryPolicy: string | undefined
}

const VERSION_MIN = [6, 2] as const

const CONNECT_TIMEOUT_MS = 10_000

/**
 * Returns a sentence for each way in which the servers may lose accepted metrics.
 *
 * Throws a sentence when one is too old, and the connection's error when there is none.
 */
export async function checkRedis(client: RedisClient): Promise<string[]> {
  if (client.status !== 'ready') {
    await once(client, 'ready', { signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS) })
  }
  const warnings = new Set<string>()
  for (const primary of primariesOf(client)) {
    const durability = await readRedisDurability(primary)
    const refusal = redisRefusal(durability)
    if (refusal !== undefined) throw new Error(refusal)
    for (const warning of redisWarnings(durability)) warnings.add(warning)
  }
  return [...warnings]
}

/** Reads the settings on which durability hangs. Hosted Redis often forbids CONFIG: then they are unknown. */
async function readRedisDurability(client: Redis): Promise<RedisDurability> {
  const info = await client.info('server')
  const read = async (name: string): Promise<string | undefined> => {
    try {
      const answer: unknown = await client.config('GET', name)
      return Array.isArray(answer) && typeof answer[1] === 'string' ? answer[1] : undefined
    } catch {
      return undefined
    }
  }
  return {
    // Valkey also tells the version of Redis that it stands in for, which is what counts here.
    version: /^redis_version:(\S+)/mu.exec(info)?.[1],
    appendonly: await read('appendonly'),
    appendfsync: await read('appendfsync'),
    maxmemoryPolicy: await read('maxmemory-policy'),
  }
}

/** Returns the sentence with which such a Redis is refused, or undefined. */
export function redisRefusal({ version }: RedisDurability): string | undefined {
  if (version === undefined) return undefined
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [majorMin, minorMin] = VERSION_MIN
  if (major > majorMin || (major === majorMin && minor >= minorMin)) return undefined
  return `Redis ${version} is too old: Portcullis needs Redis 6.2 or newer, or Valkey.`
}

/** Returns a sentence for each way in which this Redis may lose accepted metrics. */
export function redisWarnings(durability: RedisDurability): string[] {
  const { appendonly, appendfsync, maxmemoryPolicy } = durability
  const warnings: string[] = []
  if (appendonly === undefined) {
    warnings.push(
      'Redis does not tell how durable it is (CONFIG is forbidden): a crash of it may lose accepted ' +
        'metrics that are not folded yet. See to it that it has appendonly yes and appendfsync always.',
    )
  } else if (appendonly !== 'yes') {
    warnings.push(
      'Redis keeps nothing on disk (appendonly no): a restart of it loses accepted metrics that are ' +
        'not folded yet. Set appendonly yes and appendfsync always.',
    )
  } else if (appendfsync !== 'always') {
    warnings.push(
      `Redis writes to disk now and then (appendfsync ${appendfsync}): a crash of it may lose the ` +
        'accepted metrics of the last seconds. Set appendfsync always.',
    )
  }
  if (maxmemoryPolicy !== undefined && maxmemoryPolicy !== 'noeviction') {
    warnings.push(
      `Redis throws keys away when its memory is full (maxmemory-policy ${maxmemoryPolicy}): it may ` +
        'drop jobs without a trace. Set maxmemory-policy noeviction.',
    )
  }
  return warnings
}
