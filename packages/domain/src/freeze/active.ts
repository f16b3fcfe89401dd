import { DAY_MS, type EpochMs, type Freeze, plusMs } from '@portcullis/contracts'

import type { ActiveFreeze } from '../policy/facts.ts'
import { type Release, selects } from '../policy/selects.ts'
import { type FrozenSpan, scheduleOf } from './schedule.ts'

/** How far ahead the next beginning of a freeze is looked for. */
const AHEAD_MS = 30 * DAY_MS

/** A freeze that is active, or the next to come. */
export interface FreezeStanding extends FrozenSpan {
  readonly freeze: Freeze
  readonly isActive: boolean
}

/**
 * Returns the freezes that hold a release back at an instant, in their order. One whose schedule cannot be read holds it
 * back until somebody mends it.
 */
export function activeFreezes(
  freezes: readonly Freeze[],
  release: Release,
  asOf: EpochMs,
): ActiveFreeze[] {
  return freezes.flatMap((freeze) => {
    const { metadata, spec } = freeze
    if (!selects(spec.selector, release, asOf) || isExcepted(freeze, release)) return []
    const schedule = scheduleOf(freeze)
    const span = schedule.at(asOf)
    if (span === null) return []
    const reason = schedule.isUnreadable
      ? `${spec.reason} (its schedule cannot be read)`
      : spec.reason
    return [{ name: metadata.name, reason, until: span.until }]
  })
}

/** Returns the freezes that are active at an instant, or begin within 30 days, the soonest first. */
export function freezesAround(freezes: readonly Freeze[], asOf: EpochMs): FreezeStanding[] {
  return freezes
    .flatMap((freeze): FreezeStanding[] => {
      const schedule = scheduleOf(freeze)
      const now = schedule.at(asOf)
      if (now !== null) return [{ freeze, isActive: true, ...now }]
      const next = schedule.nextAfter(asOf, plusMs(asOf, AHEAD_MS))
      return next === null ? [] : [{ freeze, isActive: false, ...next }]
    })
    .toSorted((a, b) => a.from - b.from || byText(a.freeze.metadata.name, b.freeze.metadata.name))
}

function isExcepted({ spec: { exceptLabels = {} } }: Freeze, { labels }: Release): boolean {
  return Object.entries(exceptLabels).some(([key, value]) => labels[key] === value)
}

function byText(a: string, b: string): number {
  return a < b ? -1 : 1
}
