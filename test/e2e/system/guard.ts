import type { Answer, Gateway } from './gateway.ts'

/** The parts of a verdict that tests look at. */
export interface VerdictBody {
  readonly outcome: 'pass' | 'fail' | 'undecided'
  readonly pass: boolean
  readonly violations: readonly Finding[]
  readonly warnings: readonly Finding[]
  readonly position: number | null
  readonly heads: { readonly log: number; readonly metrics: readonly number[] } | null
  readonly as_of: string
}

interface Finding {
  readonly reason: string
  readonly service: string | null
  readonly route: string | null
  readonly evidence: Readonly<Record<string, unknown>>
}

export interface GuardAnswer extends Answer {
  readonly verdict: VerdictBody
}

/** Asks a gateway's guard. */
export async function askGuard(
  gateway: Gateway,
  query: Readonly<Record<string, string>> = {},
): Promise<GuardAnswer> {
  const answer = await gateway.ask(`/ops/release-guard?${new URLSearchParams(query).toString()}`)
  return { ...answer, verdict: answer.body as VerdictBody }
}

/** Returns the reasons for which it blocks. */
export function reasonsOf({ verdict }: GuardAnswer): string[] {
  return verdict.violations.map((violation) => violation.reason)
}

/** Returns why what is known may be less than what happened, by the causes' names. */
export function staleCausesOf({ verdict }: GuardAnswer): unknown[] {
  return [...verdict.violations, ...verdict.warnings]
    .filter((finding) => finding.reason === 'stale_data')
    .map((finding) => finding.evidence['cause'])
}
