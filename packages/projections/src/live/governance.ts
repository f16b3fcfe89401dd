import type {
  EnvironmentName,
  EpochMs,
  Freeze,
  ServiceName,
  VersionName,
} from '@portcullis/contracts'
import {
  activeFreezes,
  type AppliedPolicies,
  type AppliedReleasePolicy,
  canaryFactsOf,
  createWindowCells,
  emptyWindow,
  type Governance,
  matchesPattern,
  remembered,
  type RouteHealth,
  type RuleFacts,
  type ServiceWindow,
} from '@portcullis/domain'

import type { ServiceTraffic } from '../traffic/windows.ts'
import { guardIncident } from './guard-incident.ts'
import type { AskedScope } from './live-incidents.ts'
import type { LiveView } from './live-view.ts'

/** Release policies by name, once for each change of what is in force. */
const known = new WeakMap<AppliedPolicies, readonly AppliedReleasePolicy[]>()

/** Returns the release policies that are in force, by name. */
function releasePolicies(applied: AppliedPolicies): readonly AppliedReleasePolicy[] {
  const found = known.get(applied)
  if (found !== undefined) return found
  const policies = [...applied.values()]
    .flatMap(({ document, ...rest }) =>
      document.kind === 'ReleasePolicy' ? [{ ...rest, document }] : [],
    )
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  known.set(applied, policies)
  return policies
}

/** Returns what policies decide by, or null where none is in force. */
export function governanceOf(
  view: LiveView,
  {
    environment,
    version,
  }: Pick<AskedScope, 'environment'> & { readonly version: VersionName | null },
  asOf: EpochMs,
): Governance | null {
  const policies = releasePolicies(view.policies)
  const freezes = freezesIn(view.policies)
  if (policies.length + freezes.length === 0) return null
  const labelsOf = (service: ServiceName) =>
    view.log.releases.labelsOf({ service, environment, version })
  const freezesAt = (service: ServiceName, at: EpochMs) =>
    activeFreezes(freezes, { service, environment, labels: labelsOf(service) }, at)
  const traffic = trafficIn(view, environment)
  const services = new Set(traffic.keys())
  for (const scope of view.log.incidents.scopes()) {
    if (scope.environment === environment) services.add(scope.service)
  }
  // A service's window, routes and incidents are the same for all of its policies.
  const facts = new Map<ServiceName, SharedFacts>()
  return {
    policies,
    services: [...services],
    labelsOf,
    freezesAt,
    factsOf: (service, policy) => {
      const asked = { service, environment, version, traffic, freezesAt, asOf }
      const found = facts.get(service) ?? factsOf(view, asked)
      facts.set(service, found)
      const passingSince = view.log.outcomes.passingSince({ service, environment }, policy)
      return factsFor(found, passingSince)
    },
  }
}

/** Returns what is decided by while the store is away: which policies there were, and nothing that they look at. */
export function blindGovernance(applied: AppliedPolicies): Governance | null {
  const policies = releasePolicies(applied)
  if (policies.length === 0) return null
  return {
    policies,
    services: [],
    labelsOf: () => ({}),
    factsOf: () => null,
    freezesAt: () => [],
  }
}

function freezesIn(applied: AppliedPolicies): Freeze[] {
  return [...applied.values()].flatMap(({ document }) =>
    document.kind === 'Freeze' ? [document] : [],
  )
}

type TrafficByService = ReadonlyMap<ServiceName, ServiceTraffic>

/** A view is asked for the verdict of each of its services. */
const trafficOfViews = new WeakMap<LiveView, Map<EnvironmentName, TrafficByService>>()

function trafficIn(view: LiveView, environment: EnvironmentName): TrafficByService {
  const known = trafficOfViews.get(view) ?? new Map<EnvironmentName, TrafficByService>()
  trafficOfViews.set(view, known)
  const found = known.get(environment)
  if (found !== undefined) return found
  const traffic = new Map<ServiceName, ServiceTraffic>()
  for (const one of view.services()) {
    if (one.environment === environment) traffic.set(one.service, one)
  }
  const ordered = inOrder(traffic)
  known.set(environment, ordered)
  return ordered
}

interface FactsAsked extends Pick<AskedScope, 'environment'> {
  readonly service: ServiceName
  readonly version: VersionName | null
  readonly traffic: TrafficByService
  readonly freezesAt: Governance['freezesAt']
  readonly asOf: EpochMs
}

/** Sums of windows, for as long as the windows are. */
const windowCells = createWindowCells()

const NO_TRAFFIC: ServiceWindow = emptyWindow()

/** Returns what the routes of a service did in windows that end at an instant, as rules are given it. */
export function cellsOverIn(
  view: LiveView,
  { service, environment }: { service: ServiceName; environment: EnvironmentName },
  asOf: EpochMs,
): RuleFacts['cellsOver'] {
  return cellsOf(view, trafficIn(view, environment).get(service), asOf)
}

function cellsOf(
  { cellsOver }: Pick<LiveView, 'cellsOver'>,
  traffic: ServiceTraffic | undefined,
  asOf: EpochMs,
): RuleFacts['cellsOver'] {
  if (traffic !== undefined && cellsOver !== undefined) {
    return (windowMs) => cellsOver(traffic, windowMs)
  }
  const window = traffic?.window ?? NO_TRAFFIC
  return remembered((windowMs) => inOrder(windowCells(window, asOf, windowMs)))
}

/** What all policies of a service share. */
interface SharedFacts {
  readonly facts: Omit<RuleFacts, 'routes' | 'passingSince'>
  readonly routesOfService: () => readonly RouteHealth[]
}

function factsFor(
  { facts, routesOfService }: SharedFacts,
  passingSince: RuleFacts['passingSince'],
): RuleFacts {
  return {
    ...facts,
    passingSince,
    // Judged when a rule asks: most rules do not.
    get routes() {
      return routesOfService()
    },
  }
}

function factsOf(
  view: LiveView,
  { service, environment, version, traffic, freezesAt, asOf }: FactsAsked,
): SharedFacts {
  const scope = { service, environment }
  const canary = view.counts.canaries.of(scope, asOf)
  const healthsOf = (one: ServiceTraffic | undefined): readonly RouteHealth[] =>
    one === undefined ? [] : view.healths.of(one, asOf)
  const mine = traffic.get(service)
  const facts: SharedFacts['facts'] = {
    service,
    environment,
    asOf,
    cellsOver: cellsOf(view, mine, asOf),
    incidents: Array.from(view.log.incidents.of(scope), guardIncident),
    budgetOf: remembered((name) =>
      view.counts.budgets.of(view.policies, { name, environment }, asOf),
    ),
    before: (agoMs, windowMs) => view.counts.past.of({ scope, agoMs, windowMs }),
    isFinished: view.log.releases.isFinished({ ...scope, version }),
    canaryOf: remembered(
      (test) => (canary === null ? null : canaryFactsOf(canary, asOf, test)),
      ({ harmfulRatio, percentile }) => `${harmfulRatio} ${percentile}`,
    ),
    freezesAt: (at) => freezesAt(service, at),
    approvals: view.log.releases.approvalsOf({ ...scope, version }),
    routesOf: (pattern) =>
      [...traffic.values()]
        .filter((one) => matchesPattern(pattern, one.service))
        .flatMap((one) => healthsOf(one)),
  }
  return { facts, routesOfService: () => healthsOf(mine) }
}

/** In the order of the names: what rules find is the same whatever came first. */
function inOrder<Key extends string, Value>(map: ReadonlyMap<Key, Value>): Map<Key, Value> {
  return new Map([...map].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
