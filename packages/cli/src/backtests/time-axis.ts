import { DAY_MS, HOUR_MS, MINUTE_MS } from '@portcullis/contracts'

/** Where a time is marked, and what is written there. */
export interface Tick {
  readonly at: number
  readonly text: string
}

const STEPS_MS = [
  ...[1, 5, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 3, 6, 12].map((hours) => hours * HOUR_MS),
  ...[1, 2, 7, 14, 28, 91, 364].map((days) => days * DAY_MS),
]
const TICKS_MAX = 8

/** Returns round times (UTC) between two instants, at most nine of them. */
export function ticksBetween(from: number, to: number): Tick[] {
  const stepMs = STEPS_MS.find((step) => (to - from) / step <= TICKS_MAX) ?? to - from
  const ticks: Tick[] = []
  for (let at = Math.ceil(from / stepMs) * stepMs; at <= to; at += stepMs) {
    const [date, time] = new Date(at).toISOString().slice(0, 16).split('T') as [string, string]
    ticks.push({ at, text: stepMs >= DAY_MS || time === '00:00' ? date.slice(5) : time })
  }
  return ticks
}
