import {
  DEFAULT_POLICY,
  type EnvironmentName,
  type EpochMs,
  type RouteName,
  type ServiceName,
  type VersionName,
} from '@portcullis/contracts'

import { type ActiveWaiver, type Waiver, waiverStatusAt } from './state.ts'

/** What blocks a release, as far as a waiver looks at it. */
export interface WaivableFinding {
  /** The default policy where none is named. */
  readonly policy?: string
  /** The rule that found it; of the default policy it is the reason. */
  readonly rule?: string
  readonly reason: string
  /** Null where it is about all services. */
  readonly service: ServiceName | null
  readonly route: RouteName | null
}

/** What was asked: may this be released there? */
export interface WaiverQuestion {
  readonly service: ServiceName | null
  readonly environment: EnvironmentName
  readonly version: VersionName | null
}

const STALE_DATA = 'stale_data'

/** Returns the waivers that let something through at an instant. */
export function activeWaivers(waivers: readonly Waiver[], asOf: EpochMs): ActiveWaiver[] {
  return waivers.filter(
    (waiver): waiver is ActiveWaiver =>
      waiver.status === 'active' && waiverStatusAt(waiver, asOf) === 'active',
  )
}

/**
 * Returns the waiver that covers a violation; of several the one that ends last, and of those the one of the smaller id.
 * All that it names must match. A waiver for one version covers only questions about that version.
 *
 * `stale_data` means that nobody knows what happened. Only a waiver that names that very rule covers it: nobody releases
 * blind by accident.
 */
export function waiverFor(
  finding: WaivableFinding,
  question: WaiverQuestion,
  active: readonly ActiveWaiver[],
): ActiveWaiver | null {
  return active
    .filter((waiver) => isAbout(waiver, finding, question) && covers(waiver, finding))
    .reduce<ActiveWaiver | null>((best, waiver) => {
      return best === null || isBetter(waiver, best) ? waiver : best
    }, null)
}

function isAbout(
  { service, environment, version }: ActiveWaiver,
  finding: WaivableFinding,
  question: WaiverQuestion,
): boolean {
  return (
    service === (finding.service ?? question.service) &&
    environment === question.environment &&
    (version === null || version === question.version)
  )
}

function covers({ policies, rules }: ActiveWaiver, finding: WaivableFinding): boolean {
  const { policy = DEFAULT_POLICY, reason, rule = reason } = finding
  if (policies !== null && !policies.some((name) => name === policy)) return false
  if (reason === STALE_DATA) return rules?.includes(STALE_DATA) === true
  return rules === null || rules.includes(rule)
}

function isBetter(one: ActiveWaiver, other: ActiveWaiver): boolean {
  if (one.until !== other.until) return one.until > other.until
  return one.waiverId < other.waiverId
}
