import type { Config } from './groups.ts'
import { allSettings } from './groups.ts'

/** RFC 7518, section 3.2: a key of HS256 has at least as many bits as its hash. */
const SECRET_BYTES_MIN = 32

/** Returns a sentence for every pair of settings that contradict one another. */
export function rulesOf({ storage, access, notification }: Config): string[] {
  const broken: string[] = []
  if (storage.redisUrl !== undefined && storage.redisCluster !== undefined) {
    broken.push('REDIS_URL and REDIS_CLUSTER are both set. Allowed is one of them.')
  }
  if (access.hmacRequired && access.hmacSecret === undefined) {
    broken.push(
      'OPS_HMAC_REQUIRED is true, and OPS_HMAC_SECRET is not set: nothing could be signed.',
    )
  }
  return [...broken, ...webhookRulesOf(notification)]
}

function webhookRulesOf({
  channels,
  webhookUrls,
  webhookSecrets,
  webhookEvents,
}: Config['notification']): string[] {
  const urls = webhookUrls.length
  if (urls === 0) {
    return channels?.includes('webhook') === true
      ? ['NOTIFY_CHANNELS names webhook, and WEBHOOK_URL is not set.']
      : []
  }
  return [
    { name: 'WEBHOOK_SECRET', count: webhookSecrets.length, one: 'secret' },
    { name: 'WEBHOOK_EVENTS', count: webhookEvents.length, one: 'word' },
  ]
    .filter(({ count }) => count !== 1 && count !== urls)
    .map(
      ({ name, count, one }) =>
        `WEBHOOK_URL has ${urls} and ${name} has ${count} entries. Allowed is one ${one}, or one for each URL.`,
    )
}

/** Returns a sentence for everything that works and is unwise or looks like a slip. */
export function warningsOf(
  { access }: Config,
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  const short = [
    { name: 'OPS_JWT_SECRET', secret: access.jwtSecret },
    { name: 'OPS_HMAC_SECRET', secret: access.hmacSecret },
  ].filter(({ secret }) => secret !== undefined && Buffer.byteLength(secret) < SECRET_BYTES_MIN)
  return [
    ...short.map(
      ({ name }) => `${name} has fewer than ${SECRET_BYTES_MIN} bytes and could be guessed.`,
    ),
    ...slips(env),
  ]
}

/** Prefixes that other software may use too: an unknown name gives a warning and no refusal. */
const OWN_PREFIXES = /^(?:ESC|SLO|GUARD|OPS)_/u

function slips(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = new Set(
    allSettings().flatMap(({ setting }) => [setting.name, `${setting.name}_FILE`]),
  )
  return Object.keys(env)
    .filter((name) => OWN_PREFIXES.test(name) && !known.has(name))
    .map((name) => `${name} is set and is not a setting of Portcullis (docs/settings.md).`)
}
