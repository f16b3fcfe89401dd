import type { GivenSeeds } from './arguments.ts'
import type { Scope } from './scope.ts'

/** A figure that a bench measures, with the bound that it is held to. */
export interface Target {
  readonly key: string
  readonly bound: 'at least' | 'at most'
  readonly limit: number
}

export interface Measured {
  /** By the keys of the bench's targets. */
  readonly figures: Readonly<Record<string, number>>
  /** Version of the server that was measured; null where the bench needs none. */
  readonly postgres: string | null
}

export interface BenchContext {
  readonly scope: Scope
  /** Fewer and shorter rounds: shows that the bench works, not how fast the product is. */
  readonly isQuick: boolean
  readonly seeds: GivenSeeds
  /** Tells a person how it goes. */
  readonly say: (line: string) => void
}

export interface Bench {
  readonly name: string
  /** What is measured and how, for a reader of docs/performance.md. */
  readonly measures: string
  readonly targets: readonly Target[]
  readonly run: (context: BenchContext) => Promise<Measured>
}

/** Returns `full`, or `quick` in a quick run. */
export function sized({ isQuick }: BenchContext, full: number, quick: number): number {
  return isQuick ? quick : full
}

/** Tells whether a figure keeps within its bound. */
export function isMet(target: Target, figure: number): boolean {
  return target.bound === 'at least' ? figure >= target.limit : figure <= target.limit
}
