import type { WindowFigures } from '../window/figures.ts'
import type { SloTargets } from './targets.ts'

/** From good to bad, after what is not known. */
export const SLO_STATES = ['no_data', 'ok', 'warn', 'critical'] as const
export type SloState = (typeof SLO_STATES)[number]

/** How a route stands to its targets: in each dimension, and the worse of the two. */
export interface RouteSlo {
  readonly state: SloState
  readonly dims: { readonly [Name in keyof SloTargets]: SloState }
}

/** A figure up to this percentage of its target is a warning, and critical above. */
const WARN_TO_PCT = 120

/** Returns how figures stand to targets; below `samplesMin` requests nothing is known. */
export function sloOf(figures: WindowFigures, targets: SloTargets, samplesMin: number): RouteSlo {
  const isKnown = figures.count >= samplesMin
  const dims = {
    p95_ms: stateOf(isKnown ? figures.p95_ms : null, targets.p95_ms),
    err_pct: stateOf(isKnown ? figures.err_rate : null, targets.err_pct),
  }
  return { state: worse(dims.p95_ms, dims.err_pct), dims }
}

function stateOf(figure: number | null, target: number): SloState {
  if (figure === null) return 'no_data'
  if (!exceeds(figure, target, 100)) return 'ok'
  return exceeds(figure, target, WARN_TO_PCT) ? 'critical' : 'warn'
}

/** Returns above what a figure is critical, to three decimals as it is compared. */
export function criticalAbove(target: number): number {
  return (Math.round(target * 1_000) * WARN_TO_PCT) / 100_000
}

/**
 * Whether a figure is above `percent` of a target. Both are taken to three decimals, as whole
 * numbers: in binary fractions 0.84 is above 1.2 x 0.7.
 */
export function exceeds(figure: number, target: number, percent: number): boolean {
  return Math.round(figure * 1_000) * 100 > Math.round(target * 1_000) * percent
}

function worse(a: SloState, b: SloState): SloState {
  return SLO_STATES.indexOf(a) > SLO_STATES.indexOf(b) ? a : b
}
