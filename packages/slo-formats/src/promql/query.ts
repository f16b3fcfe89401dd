import type { Spot } from '../finding.ts'

export type MatchOperator = '=' | '!=' | '=~' | '!~'

/** A condition on a label, as `code=~"5.."`. */
export interface Matcher {
  readonly label: string
  readonly operator: MatchOperator
  readonly value: string
  readonly spot: Spot
}

/** Which series of a metric a query reads. */
export interface Selector {
  readonly metric: string
  readonly matchers: readonly Matcher[]
  readonly spot: Spot
}

/** How often something happened: the growth of counters, or that of some less that of others. */
export interface Count {
  readonly type: 'count'
  readonly plus: Selector
  readonly minus?: Selector
  /** How growth is taken, and over which time; two counts can be divided only where both are the same. */
  readonly growth: string
}

/** One count divided by another, or what that leaves of all: `1 - part / total`. */
export interface Ratio {
  readonly type: 'ratio'
  readonly part: Count
  readonly total: Count
  readonly isRest: boolean
}

/** What a query is not, and where that is seen. */
export interface Unclear {
  readonly type: 'unclear'
  readonly what: string
  readonly spot: Spot
}
