import type { RouteScope } from '@portcullis/contracts'

/** What a route is held to. */
export interface SloTargets {
  readonly p95_ms: number
  /** Percent of the requests that may end with 5xx. */
  readonly err_pct: number
}

/** Targets of the routes that fit; what is left out stays as it is. */
export interface SloOverride extends Partial<{ [Name in keyof SloTargets]: number | undefined }> {
  /** A route's name, a service's and an environment's; `*` stands for any text, also in the middle. */
  readonly route: string
  readonly service?: string | undefined
  readonly environment?: string | undefined
}

export interface SloSettings {
  readonly targets: SloTargets
  /** The first one that fits a route counts. */
  readonly overrides: readonly SloOverride[]
}

/** The first system's targets (docs/settings.md). */
export const DEFAULT_SLO_SETTINGS: SloSettings = {
  targets: { p95_ms: 300, err_pct: 1 },
  overrides: [],
}

/** Returns what an installation wrote as the domain's settings. */
export function sloSettingsOf({
  p95Ms,
  errPct,
  overrides,
}: {
  readonly p95Ms: number
  readonly errPct: number
  readonly overrides: readonly SloOverride[]
}): SloSettings {
  return { targets: { p95_ms: p95Ms, err_pct: errPct }, overrides }
}

/** Returns the targets of a route. It looks at every override: callers keep the answer. */
export function targetsOf({ targets, overrides }: SloSettings, scope: RouteScope): SloTargets {
  const override = overrides.find(
    ({ route, service = '*', environment = '*' }) =>
      fits(route, scope.route) &&
      fits(service, scope.service) &&
      fits(environment, scope.environment),
  )
  return {
    p95_ms: override?.p95_ms ?? targets.p95_ms,
    err_pct: override?.err_pct ?? targets.err_pct,
  }
}

/** Whether `text` is `pattern`, in which `*` stands for any text. */
function fits(pattern: string, text: string): boolean {
  const [head, ...rest] = pattern.split('*')
  const tail = rest.pop()
  if (tail === undefined) return text === pattern
  if (!text.startsWith(head!)) return false
  let at = head!.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return text.length - tail.length >= at && text.endsWith(tail)
}
