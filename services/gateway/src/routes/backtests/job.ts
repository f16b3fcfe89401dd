import type { ProjectId } from '@portcullis/contracts'
import type { SloSettings } from '@portcullis/domain'
import type { Backtest, BacktestAsked, NoPast } from '@portcullis/projections'

/** Where a worker finds the past, and what it judges by. */
export interface BacktestStore {
  readonly connectionString: string
  readonly project: ProjectId
  readonly slo: SloSettings
  /** How long the stored minutes are kept. */
  readonly minutesKeptMs: number
}

/** What a worker is started with. */
export interface BacktestJob {
  readonly store: BacktestStore
  readonly asked: BacktestAsked
}

/** What a worker says last. */
export type BacktestMessage =
  | { readonly found: Backtest | NoPast }
  /** The database could not do it at the moment, and why. */
  | { readonly away: Error }
