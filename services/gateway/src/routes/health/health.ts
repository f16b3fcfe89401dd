import { z } from 'zod'

/** Whether one part works, and what is wrong with it when it does not. */
export const PartHealth = z.object({
  ok: z.boolean(),
  detail: z.string().optional(),
})
export type PartHealth = z.infer<typeof PartHealth>

/** Names of parts are ours: `postgres`, `queue`, `aggregator` … */
export type HealthOfParts = Readonly<Record<string, PartHealth>>

/** Looks at one part; a rejection counts as not working. */
export type HealthCheck = () => Promise<PartHealth> | PartHealth

/** What is looked at, by a part's name. */
export type HealthChecks = Readonly<Record<string, HealthCheck>>

/** A part that does not answer within this counts as not working. */
const CHECK_MS_MAX = 2_000

/** Looks at all parts at once; never rejects, and never takes longer than 2 seconds. */
export async function checkHealth(checks: HealthChecks): Promise<HealthOfParts> {
  const names = Object.keys(checks)
  const results = await Promise.all(names.map((name) => checkPart(checks[name]!)))
  return Object.fromEntries(names.map((name, nth) => [name, results[nth]!]))
}

/** Returns a sentence for each part that does not work. */
export function reasonsOf(health: HealthOfParts): string[] {
  return Object.entries(health)
    .filter(([, { ok }]) => !ok)
    .map(([name, { detail }]) => `${name}: ${detail ?? 'does not work'}`)
}

async function checkPart(check: HealthCheck): Promise<PartHealth> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<PartHealth>((resolve) => {
    timer = setTimeout(
      () => resolve({ ok: false, detail: `no answer within ${CHECK_MS_MAX} ms` }),
      CHECK_MS_MAX,
    )
  })
  try {
    return await Promise.race([Promise.resolve().then(check), late])
  } catch (error) {
    // Anybody may ask: the error's own words, which name hosts, stay inside.
    return { ok: false, detail: codeOf(error) }
  } finally {
    clearTimeout(timer)
  }
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? `failed (${code})` : 'failed'
}
