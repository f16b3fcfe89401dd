import { type Bench, isMet, type Measured } from './bench.ts'
import { describeMachine, type Machine } from './machine.ts'
import { rounded } from './statistics.ts'

/** What a bench prints with `--json`, and what the page is made from. */
export type Report = Readonly<{
  bench: string
  /** Only there where it is true: such figures say nothing about the product. */
  quick?: true
  machine: Machine
  figures: Readonly<Record<string, number>>
}>

/** Returns the report of a run. Throws when the bench did not measure each of its keys. */
export function reportOf(bench: Bench, measured: Measured, isQuick: boolean): Report {
  const entries = bench.targets.map(({ key }) => {
    const figure = measured.figures[key]
    if (figure === undefined || !Number.isFinite(figure)) {
      throw new Error(`The bench ${bench.name} did not measure ${key}.`)
    }
    return [key, rounded(figure)] as const
  })
  return {
    bench: bench.name,
    ...(isQuick && { quick: true as const }),
    machine: describeMachine(measured.postgres),
    figures: Object.fromEntries(entries),
  }
}

/** Returns one line of JSON: the bench, its figures, the machine. */
export function jsonLine({ figures, machine, bench, ...rest }: Report): string {
  return JSON.stringify({ bench, ...figures, ...rest, machine })
}

/** Returns the figures beside their bounds, for people. */
export function plainLines(bench: Bench, { figures }: Report): string[] {
  return bench.targets.map((target) => {
    const figure = figures[target.key]!
    const verdict = isMet(target, figure) ? 'met' : 'NOT met'
    return `${bench.name} ${target.key}: ${figure} (${target.bound} ${target.limit}: ${verdict})`
  })
}
