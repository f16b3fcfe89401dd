import {
  BUCKET_MS,
  bucketStartOf,
  DAY_MS,
  type EpochMs,
  HOUR_MS,
  MINUTE_MS,
  plusMs,
  SECOND_MS,
  type ServiceName,
} from '@portcullis/contracts'

import type { AppliedReleasePolicy, Governance, VerdictInputs } from '../verdict/inputs.ts'
import { type GuardQuestion, servicesAsked } from '../verdict/question.ts'
import { passes, type Verdict } from '../verdict/verdict.ts'
import { factsAt, healthAt, routesAhead, type RoutesAhead } from './facts-at.ts'
import { incidentsAt } from './incidents-at.ts'

/**
 * Returns the earliest instant at which a question could be answered with a pass if from now on all were well, or null where
 * it passes now, or would not pass within a month: somebody must do something first.
 *
 * The verdict itself is run forward over what is known, with what blocks now. What stands in its way goes with time
 * and does not come back before a waiver ends, so that the first instant is found by halving.
 */
export function opensAt(
  inputs: VerdictInputs,
  question: GuardQuestion,
  now: Verdict,
): EpochMs | null {
  if (now.pass) return null
  const { as_of: asOf } = now
  const held = blockingPart(inputs, now)
  const passesAt = (later: EpochMs): boolean => passes(inputsAt(held, asOf, later), question, later)
  const waitMs = healthyForAfter(held, now)
  for (const span of spansOf(instantsAfter(held, question, asOf), now)) {
    const found = firstOf(span, passesAt)
    if (found === null) continue
    const opens = plusMs(found, waitMs)
    if (waitMs === 0 || passesAt(opens)) return opens
  }
  return null
}

/** What a waiver lets through comes back when that ends: divides ascending instants by such ends. */
function spansOf(instants: readonly EpochMs[], { waived }: Verdict): Iterable<readonly EpochMs[]> {
  if (waived.length === 0) return [instants]
  return Map.groupBy(instants, (at) => waived.filter(({ until }) => until <= at).length).values()
}

/**
 * Where much stands and little blocks, the little is all that has to be looked at again; what is let through by a waiver
 * blocks once that ends.
 */
function blockingPart(inputs: VerdictInputs, { violations, waived }: Verdict): VerdictInputs {
  const found = [...violations, ...waived]
  const routes = new Set(found.map(({ service, route }) => `${service}\n${route}`))
  const policies = new Set(found.map(({ service, policy }) => `${service}\n${policy}`))
  const { governance } = inputs
  return {
    ...inputs,
    routes: inputs.routes.filter(({ scope }) => routes.has(`${scope.service}\n${scope.route}`)),
    governance: governance === null ? null : governanceOver(governance, policies),
  }
}

/** A policy that found nothing stays: without any of its policies a service would fall to the default one. */
function governanceOver(governance: Governance, blocking: ReadonlySet<string>): Governance {
  return {
    ...governance,
    factsOf: (service, policy) =>
      blocking.has(`${service}\n${policy.name}`) ? governance.factsOf(service, policy) : null,
  }
}

function inputsAt(inputs: VerdictInputs, asOf: EpochMs, later: EpochMs): VerdictInputs {
  const { governance } = inputs
  return {
    ...inputs,
    routes: inputs.routes.map((health) => healthAt(health, later)),
    incidents: incidentsAt(inputs.incidents, asOf, later),
    stale: inputs.stale.filter(({ until }) => until === undefined || until > later),
    governance: governance === null ? null : governanceAt(governance, later),
    waivers: inputs.waivers.filter(({ until }) => until > later),
  }
}

function governanceAt(governance: Governance, later: EpochMs): Governance {
  const ahead = new Map<ServiceName, RoutesAhead>()
  return {
    ...governance,
    factsOf: (service, policy) => {
      const facts = governance.factsOf(service, policy)
      if (facts === null) return null
      let known = ahead.get(service)
      if (known === undefined) ahead.set(service, (known = routesAhead(facts, later)))
      return factsAt(facts, later, known)
    },
  }
}

/** Rules that begin to pass must have passed for a while. */
function healthyForAfter({ governance }: VerdictInputs, { violations }: Verdict): number {
  if (governance === null) return 0
  const waits = violations.flatMap(({ service, policy }) => {
    const applied = governance.policies.find(({ name }) => name === policy)
    return service === null || applied === undefined ? [] : waitOf(governance, service, applied)
  })
  return Math.max(0, ...waits)
}

function waitOf(
  { factsOf }: Governance,
  service: ServiceName,
  policy: AppliedReleasePolicy,
): number[] {
  const isPassing = (factsOf(service, policy)?.passingSince ?? null) !== null
  if (isPassing) return []
  return policy.document.spec.rules.flatMap((rule) =>
    rule.type === 'healthy_for' ? [rule.duration] : [],
  )
}

/** The further ahead, the coarser: a quarter of an hour by buckets, then minutes, quarters of hours, and quarters of days. */
const STEPS: readonly (readonly [stepMs: number, untilMs: number])[] = [
  [BUCKET_MS, 15 * MINUTE_MS],
  [MINUTE_MS, 6 * HOUR_MS],
  [15 * MINUTE_MS, 4 * DAY_MS],
  [6 * HOUR_MS, 31 * DAY_MS],
]

/** How far ahead every step ends, in ascending order. */
const STEP_ENDS_MS = STEPS.flatMap(([stepMs, untilMs], nth) => {
  const [, fromMs] = STEPS[nth - 1] ?? [0, 0]
  const steps = (untilMs - fromMs) / stepMs
  return Array.from({ length: steps }, (_, step) => fromMs + (step + 1) * stepMs)
})

/** Returns the instants to look at, the soonest first: steps, and the ends of what ends at a known one. */
function instantsAfter(
  { stale, incidents, governance }: VerdictInputs,
  question: GuardQuestion,
  asOf: EpochMs,
): readonly EpochMs[] {
  const begin = bucketStartOf(asOf)
  const steps = STEP_ENDS_MS.map((aheadMs) => plusMs(begin, aheadMs))
  const ends = [
    ...stale.map(({ until = 0 }) => until),
    ...incidents.map(({ firstSeen }) => firstSeen + question.guard.lookback_min * MINUTE_MS + 1),
    ...freezeEnds(governance, question, asOf),
  ]
    .map((end) => (Math.ceil(end / SECOND_MS) * SECOND_MS) as EpochMs)
    .filter((end) => end > asOf)
  return ends.length === 0 ? steps : [...steps, ...ends].toSorted((a, b) => a - b)
}

function freezeEnds(
  governance: Governance | null,
  question: GuardQuestion,
  asOf: EpochMs,
): readonly EpochMs[] {
  if (governance === null) return []
  return servicesAsked(question, governance).flatMap((service) =>
    governance.freezesAt(service, asOf).map(({ until }) => until),
  )
}

/** Returns the first of ascending instants at which something holds that holds from some instant on; null where it never does. */
function firstOf(
  instants: readonly EpochMs[],
  holds: (instant: EpochMs) => boolean,
): EpochMs | null {
  const last = instants.length - 1
  // Much never passes by itself, an open incident for instance: one look tells.
  if (last < 0 || !holds(instants[last]!)) return null
  // Most of what does is over soon: look near by first.
  let below = -1
  let at = 0
  while (at < last && !holds(instants[at]!)) {
    below = at
    at = Math.min(at * 2 + 1, last)
  }
  while (at - below > 1) {
    const middle = (at + below) >> 1
    if (holds(instants[middle]!)) at = middle
    else below = middle
  }
  return instants[at]!
}
