import type { FlowProgress } from './flow.ts'

/** A flow may be this much slower than planned: its first and last moments are not full. */
const SHARE_MIN = 0.97

/** Throws when a flow did not keep its rate: what was measured beside it was then not loaded so. */
export function checkRate({ accepted, elapsedMs }: FlowProgress, planned: number): void {
  const perSecond = (accepted / elapsedMs) * 1_000
  if (perSecond >= planned * SHARE_MIN) return
  throw new Error(
    `The product took ${Math.round(perSecond)} observations/s of the ${planned} that were sent.`,
  )
}
