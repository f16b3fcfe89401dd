import { BUCKET_MS, type EpochMs, MINUTE_MS } from '@portcullis/contracts'

import type { RouteCells, RuleFacts } from '../policy/facts.ts'
import { remembered } from '../remembered.ts'
import type { RouteHealth } from '../verdict/route-health.ts'
import { mergeCells } from '../window/cell-sum.ts'
import { bucketsAhead, healthyCell } from './healthy-cell.ts'
import { incidentsAt } from './incidents-at.ts'

/** What a service's routes would do by a later instant: the same for all of its policies. */
export interface RoutesAhead extends Pick<RuleFacts, 'cellsOver'> {
  /** To evaluate routes costs more than all the rest, and few rules look at them. */
  readonly healths: () => RuleFacts['routes']
}

/** Returns what is the same for all policies of the service that facts are about; it is reckoned once, where somebody asks. */
export function routesAhead(facts: RuleFacts, later: EpochMs): RoutesAhead {
  const ahead = bucketsAhead(facts.asOf, later) * BUCKET_MS
  let healths: RuleFacts['routes'] | undefined
  return {
    cellsOver: remembered((windowMs) => cellsAt(facts, { windowMs, ahead })),
    healths: () => (healths ??= facts.routes.map((health) => healthAt(health, later))),
  }
}

/**
 * Returns what rules would be judged by at a later instant if from now on all were well: every route goes on at the rate
 * of its last minute, without an error and fast, and nobody does anything. Rules that do not pass now count as having
 * passed for ever: how long they must have is added by whoever asks.
 */
export function factsAt(facts: RuleFacts, later: EpochMs, routes: RoutesAhead): RuleFacts {
  const ahead = bucketsAhead(facts.asOf, later) * BUCKET_MS
  return {
    ...facts,
    asOf: later,
    cellsOver: routes.cellsOver,
    get routes() {
      return routes.healths()
    },
    incidents: incidentsAt(facts.incidents, facts.asOf, later),
    budgetOf: (slo) => facts.budgetOf(slo)?.at(later) ?? null,
    before: (agoMs, windowMs) => (agoMs < ahead ? null : facts.before(agoMs - ahead, windowMs)),
    passingSince: facts.passingSince ?? LONG_AGO,
    routesOf: (pattern) => facts.routesOf(pattern).map((health) => healthAt(health, later)),
  }
}

const LONG_AGO = 0 as EpochMs

/** Returns a route's health at a later instant. */
export function healthAt(health: RouteHealth, later: EpochMs): RouteHealth {
  return { ...health, evaluation: health.evaluationAt(later) }
}

function cellsAt(
  { cellsOver }: RuleFacts,
  { windowMs, ahead }: { readonly windowMs: number; readonly ahead: number },
): RouteCells {
  const aheadMs = Math.min(ahead, windowMs)
  const known: RouteCells = aheadMs < windowMs ? cellsOver(windowMs - aheadMs) : new Map()
  const cells = new Map(known)
  for (const [route, lastMinute] of cellsOver(MINUTE_MS)) {
    const healthy = healthyCell(lastMinute, { knownMs: MINUTE_MS, aheadMs })
    if (healthy !== undefined) cells.set(route, mergeCells([known.get(route), healthy]))
  }
  return cells
}
