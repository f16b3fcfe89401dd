import type { Answer, Product } from './start-product.ts'

/** What blocks, or is only told. */
export interface Finding {
  readonly reason: string
  readonly service: string | null
  readonly route: string | null
  readonly evidence: Readonly<Record<string, unknown>>
}

/** A verdict as far as tests look at it. */
export interface ShownVerdict {
  readonly service: string | null
  readonly env: string
  readonly version: string | null
  readonly release: string | null
  readonly guard: Readonly<Record<string, boolean | number>>
  readonly outcome: 'pass' | 'fail' | 'undecided'
  readonly pass: boolean
  readonly violations: readonly Finding[]
  readonly warnings: readonly Finding[]
  readonly position: number | null
  readonly heads: { readonly log: number; readonly metrics: readonly number[] } | null
  readonly opens_at: string | null
  readonly as_of: string
}

/** Asks the guard: its query, as it stands in the URL, and its headers. */
export async function askGuard(
  product: Product,
  query = '',
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer<ShownVerdict>> {
  return product.ask<ShownVerdict>({ url: `/ops/release-guard${query}`, headers })
}

/** Returns the reasons of findings, sorted: a route may fail for several. */
export function reasonsOf(findings: readonly Finding[]): string[] {
  return findings.map(({ reason }) => reason).toSorted()
}

/** Returns in how many seconds a blocked verdict could pass at the earliest; NaN where it does not say. */
export function secondsUntilOpen({ opens_at, as_of }: ShownVerdict): number {
  return Math.ceil((Date.parse(opens_at ?? '') - Date.parse(as_of)) / 1_000)
}
