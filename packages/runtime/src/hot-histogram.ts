/** What is observed under one set of labels. */
export class HistogramSeries {
  readonly #bounds: readonly number[]
  /** How many fell at or below each bound and above the one before; the last ones above all. */
  readonly #counts: number[]
  #sum = 0

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = Array.from({ length: bounds.length + 1 }, () => 0)
  }

  observe(value: number): void {
    let index = 0
    while (index < this.#bounds.length && value > this.#bounds[index]!) index += 1
    this.#counts[index]! += 1
    this.#sum += value
  }

  /** Returns the counts at or below each bound, then of all, and the sum. */
  totals(): { readonly atOrBelow: readonly number[]; readonly sum: number } {
    let total = 0
    return { atOrBelow: this.#counts.map((count) => (total += count)), sum: this.#sum }
  }
}

export interface HotHistogramSpec<Label extends string> {
  /** In full, with the unit last. */
  readonly name: string
  readonly help: string
  readonly labels: readonly Label[]
  /** Upper bounds in the metric's unit, rising. */
  readonly buckets: readonly number[]
}

/**
 * A histogram for the hot path, in the exposition format of Prometheus
 * (prometheus.io/docs/instrumenting/exposition_formats). Whoever observes keeps the series: prom-client
 * hashes the labels at each observation, which takes 1.5 us instead of 0.03.
 */
export class HotHistogram<Label extends string> {
  readonly #spec: HotHistogramSpec<Label>
  readonly #series = new Map<string, HistogramSeries>()

  constructor(spec: HotHistogramSpec<Label>) {
    this.#spec = spec
  }

  /** Returns the series with these labels: the same object each time. */
  series(labels: Readonly<Record<Label, string>>): HistogramSeries {
    const key = this.#spec.labels.map((label) => `${label}="${escaped(labels[label])}"`).join(',')
    const found = this.#series.get(key)
    if (found !== undefined) return found
    const made = new HistogramSeries(this.#spec.buckets)
    this.#series.set(key, made)
    return made
  }

  text(): string {
    const { name, help } = this.#spec
    const lines = [...this.#series].flatMap(([key, series]) => this.#linesOf(key, series))
    return [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`, ...lines, ''].join('\n')
  }

  #linesOf(key: string, series: HistogramSeries): string[] {
    const { name, buckets } = this.#spec
    const { atOrBelow, sum } = series.totals()
    const comma = key === '' ? '' : ','
    return [
      ...[...buckets, '+Inf'].map(
        (bound, nth) => `${name}_bucket{${key}${comma}le="${bound}"} ${atOrBelow[nth]}`,
      ),
      `${name}_sum{${key}} ${sum}`,
      `${name}_count{${key}} ${atOrBelow.at(-1)}`,
    ]
  }
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
