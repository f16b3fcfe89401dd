import type { Selector } from '../promql/query.ts'

/** Words in the name of a metric that say that it counts something else than what a service answers over HTTP. */
const FOREIGN_WORDS: readonly string[] = ['client', 'egress', 'grpc', 'outbound', 'rpc', 'upstream']

/** Words of which one says that a histogram of durations is one of requests. */
const REQUEST_WORDS: readonly string[] = ['http', 'request', 'requests']

/** Returns why a metric is none of the requests that Portcullis knows; undefined where nothing speaks against it. */
export function whyNotRequests({ metric }: Selector): string | undefined {
  if (metric.includes(':'))
    return `${metric} was recorded by a rule: which requests it counts is not seen`
  const foreign = wordsOf(metric).find((word) => FOREIGN_WORDS.includes(word))
  return foreign === undefined
    ? undefined
    : `${metric} counts what is "${foreign}", and Portcullis knows the HTTP requests that a service answers`
}

/** Returns why a histogram is none of the durations of requests, or its unit in milliseconds. */
export function histogramUnitMs(base: string): number | string {
  const words = wordsOf(base)
  if (!words.some((word) => REQUEST_WORDS.includes(word))) {
    return `${base} is by its name no duration of HTTP requests`
  }
  if (words.includes('seconds')) return 1_000
  if (words.includes('milliseconds') || words.at(-1) === 'ms') return 1
  return `${base} does not tell its unit: its name has neither seconds nor milliseconds`
}

function wordsOf(metric: string): string[] {
  return metric.toLowerCase().split(/[_.]/u)
}
