/** Returns a percentage as an `Slo` writes it; undefined where it has more than six decimals, or is no number. */
export function percentText(percentage: number): string | undefined {
  const text = `${percentage}%`
  return /^\d{1,3}(\.\d{1,6})?%$/u.test(text) ? text : undefined
}

/** Returns a share as a percentage. Moved in decimal: 0.9995 * 100 is not 99.95. */
export function percentOfShare(share: number): number {
  return Number(`${share}e2`)
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
}

/** Returns a duration of Prometheus (`4w`, `1d12h`) in milliseconds; undefined where it is none. */
export function prometheusDurationMs(text: string): number | undefined {
  if (!/^(?:\d{1,9}(?:ms|[smhdwy]))+$/u.test(text)) return undefined
  const parts = text.matchAll(/(\d+)(ms|[smhdwy])/gu)
  return [...parts].reduce((sum, [, count, unit]) => sum + Number(count) * UNIT_MS[unit!]!, 0)
}

/** Returns a length of time as an `Slo` writes it, in the largest unit of which it is a whole number. */
export function durationText(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's']) {
    if (ms % UNIT_MS[unit]! === 0) return `${ms / UNIT_MS[unit]!}${unit}`
  }
  return `${ms}ms`
}
