import type { Evidence, Outcome, RouteName } from '@portcullis/contracts'

/** Why a rule cannot tell. Never renamed or used again. */
export const UNDECIDED_REASONS = ['no_data', 'too_few_samples', 'too_early'] as const
export type UndecidedReason = (typeof UNDECIDED_REASONS)[number]

interface Looked {
  /** Null where it is about no single route. */
  readonly route: RouteName | null
  /** Numbers as they were compared. */
  readonly evidence: Evidence
}

/** One thing that a rule looked at. */
export type RuleFinding =
  | (Looked & { readonly status: 'pass' })
  /** `need`: what would turn it green, in words. */
  | (Looked & { readonly status: 'fail'; readonly need: string })
  | (Looked & {
      readonly status: 'undecided'
      readonly reason: UndecidedReason
      readonly need: string
    })

/** Returns what several say together: one that fails decides, then one that cannot tell. */
export function statusOf(parts: Iterable<{ readonly status: Outcome }>): Outcome {
  let isOpen = false
  for (const { status } of parts) {
    if (status === 'fail') return 'fail'
    if (status === 'undecided') isOpen = true
  }
  return isOpen ? 'undecided' : 'pass'
}

/** Returns a share in percent, with as many digits as are read at a glance. */
export function percentOf(share: number): number {
  return Math.round(share * 1_000_000) / 10_000
}
