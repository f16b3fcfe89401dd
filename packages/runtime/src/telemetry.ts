import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

import { HotHistogram, type HotHistogramSpec } from './hot-histogram.ts'

interface MetricSpec<Label extends string> {
  /** In full, with the unit last: `portcullis_gateway_request_duration_seconds`. */
  readonly name: string
  readonly help: string
  readonly labels?: readonly Label[]
}

interface HistogramSpec<Label extends string> extends MetricSpec<Label> {
  /** Upper bounds in the metric's unit, rising. */
  readonly buckets: readonly number[]
}

/** The process's own figures, for Prometheus. One per process: names are unique within it. */
export interface Telemetry {
  counter<Label extends string = never>(spec: MetricSpec<Label>): Counter<Label>
  /** `collect` is called at each scrape to set what is looked up rather than counted. */
  gauge<Label extends string = never>(
    spec: MetricSpec<Label>,
    collect?: (gauge: Gauge<Label>) => void | Promise<void>,
  ): Gauge<Label>
  histogram<Label extends string = never>(spec: HistogramSpec<Label>): Histogram<Label>
  /** A histogram for what happens thousands of times a second. */
  hotHistogram<Label extends string>(spec: HotHistogramSpec<Label>): HotHistogram<Label>
  /** The text that Prometheus scrapes. */
  text(): Promise<string>
  readonly contentType: string
  /** Stops what collects the process's own figures. */
  close(): void
}

export type { Counter, Gauge, Histogram } from 'prom-client'

/** Returns an empty registry; `withProcess` adds memory, event loop and garbage collection. */
export function createTelemetry(options: { readonly withProcess: boolean }): Telemetry {
  const registry = new Registry()
  const registers = [registry]
  const hot: { text(): string }[] = []
  if (options.withProcess) collectDefaultMetrics({ register: registry })
  return {
    counter: ({ name, help, labels = [] }) =>
      new Counter({ name, help, labelNames: [...labels], registers }),
    gauge: ({ name, help, labels = [] }, collect) =>
      new Gauge({
        name,
        help,
        labelNames: [...labels],
        registers,
        ...(collect === undefined
          ? {}
          : {
              collect() {
                return collect(this)
              },
            }),
      }),
    histogram: ({ name, help, labels = [], buckets }) =>
      new Histogram({ name, help, labelNames: [...labels], buckets: [...buckets], registers }),
    hotHistogram: (spec) => {
      const histogram = new HotHistogram(spec)
      hot.push(histogram)
      return histogram
    },
    text: async () => [await registry.metrics(), ...hot.map((each) => each.text())].join('\n'),
    contentType: registry.contentType,
    close: () => registry.clear(),
  }
}
