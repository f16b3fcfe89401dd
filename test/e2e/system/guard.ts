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

const TIMEOUT_MS = 15_000

/** Asks a gateway's guard. */
export async function askGuard(
  gateway: Gateway,
  query: Readonly<Record<string, string>> = {},
  timeoutMs = TIMEOUT_MS,
): Promise<GuardAnswer> {
  const path = `/ops/release-guard?${new URLSearchParams(query).toString()}`
  const answer = await gateway.ask(path, { timeoutMs })
  return { ...answer, verdict: answer.body as VerdictBody }
}

/** Returns why what is known may be less than what happened, by the causes' names. */
export function staleCausesOf({ verdict }: GuardAnswer): unknown[] {
  return [...verdict.violations, ...verdict.warnings]
    .filter((finding) => finding.reason === 'stale_data')
    .map((finding) => finding.evidence['cause'])
}
