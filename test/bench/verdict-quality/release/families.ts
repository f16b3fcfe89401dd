import type { Random } from '../../../chaos/random.ts'
import { normal } from './draws.ts'

/** How a release goes about. */
export type Rollout =
  /** A tenth of the traffic for the whole half hour. */
  | 'canary'
  /** A tenth for ten minutes, then all. */
  | 'staged'
  /** All at once. */
  | 'full'

export const ROLLOUTS: readonly Rollout[] = ['canary', 'staged', 'full']

/** What differs from the usual in some bucket, for every version or for the new one alone. Nothing differs where a field is left out. */
export interface Weather {
  /** Requests, times so much. */
  readonly traffic?: number
  /** Error rates, times so much; and a share of errors on top. */
  readonly errors?: number
  readonly addedErrors?: number
  /** Latencies, times so much. */
  readonly latency?: number
  /** A share of requests that take `TAIL_FACTOR` times as long. */
  readonly tail?: number
  /** The one route that it is about; all where it is left out. */
  readonly route?: number
}

/** What a family is told of a release. */
export interface Setting {
  readonly random: Random
  /** How strong the defect is, below `STRENGTHS`. */
  readonly strength: number
}

/** What happens to a release in each of its buckets, of which number 0 is the first after the release. */
export interface Course {
  /** To every version. */
  readonly common?: (bucket: number) => Weather
  /** What the defect does to the new version. */
  readonly defect?: (bucket: number) => Weather
  /** Whoever gets an error asks again so many times. */
  readonly retries?: number
}

export interface Family {
  readonly name: string
  /** What is right: to block it, or not. In an outage either can be defended, and it counts for neither. */
  readonly right: 'pass' | 'block' | 'either'
  /** Where a defect cannot be told from the weather in some rollout, that one is left out. */
  readonly rollouts: readonly Rollout[]
  /** Mean size of the bursts in which errors come. */
  readonly burst: number
  readonly course: (setting: Setting) => Course
}

/** How many strengths a defect comes in. */
export const STRENGTHS = 4

/** Times as many errors. */
const ERROR_RATIOS = [2, 3, 5, 10]
/** Times as long. */
const LATENCY_RATIOS = [1.2, 1.5, 2, 3]
/** Shares of requests that take much longer, where usually 1 % does: the median does not move, and p95 only by the last. */
const TAILS = [0.02, 0.03, 0.05, 0.08]

const MINUTE = 6

const always = (weather: Weather) => (): Weather => weather

const errorsOf = ({ strength }: Setting): number => ERROR_RATIOS[strength]!

const steadyErrors = (setting: Setting): Course => ({
  defect: always({ errors: errorsOf(setting) }),
})

const usual = { right: 'pass', rollouts: ROLLOUTS, burst: 1 } as const
const defective = { right: 'block', rollouts: ROLLOUTS, burst: 1 } as const

/** All families, those first whose releases are to pass: of each rollout, error rate and strength in turn. */
export const FAMILIES: readonly Family[] = [
  { name: 'healthy', ...usual, course: () => ({}) },
  { name: 'diurnal load', ...usual, course: diurnal },
  { name: 'noisy baseline', ...usual, course: noisy },
  { name: 'bursts of 2', ...usual, burst: 2, course: () => ({}) },
  { name: 'bursts of 5', ...usual, burst: 5, course: () => ({}) },
  { name: 'traffic drop', ...usual, course: trafficDrop },
  // Without a version beside it nobody can tell an outage from a defect.
  { name: 'dependency outage', ...usual, right: 'either', rollouts: ['canary'], course: outage },
  { name: 'error step', ...defective, rollouts: ['full', 'staged'], course: steadyErrors },
  { name: 'canary only', ...defective, rollouts: ['canary'], course: steadyErrors },
  { name: 'slow ramp', ...defective, course: ramp },
  { name: 'one route of many', ...defective, course: oneRoute },
  { name: 'retry storm', ...defective, course: retryStorm },
  { name: 'bad, bursts of 2', ...defective, burst: 2, course: steadyErrors },
  { name: 'bad, bursts of 5', ...defective, burst: 5, course: steadyErrors },
  { name: 'latency shift', ...defective, course: latencyShift },
  { name: 'tail only', ...defective, course: tailOnly },
]

/** A day in four hours: traffic swings by half, and latencies follow it a little. */
function diurnal({ random }: Setting): Course {
  const phase = random.part() * 2 * Math.PI
  const waveAt = (bucket: number): number =>
    Math.sin(phase + (bucket * 2 * Math.PI) / (240 * MINUTE))
  return {
    common: (bucket) => ({ traffic: 1 + 0.5 * waveAt(bucket), latency: 1 + 0.03 * waveAt(bucket) }),
  }
}

/** Errors of all versions wander, by a factor of about 1.5 either way, and latencies a little; what was so a minute ago is about half gone. */
function noisy({ random }: Setting): Course {
  const kept = 0.9
  const fresh = Math.sqrt(1 - kept * kept)
  let [level, last] = [normal(random), Number.NEGATIVE_INFINITY]
  return {
    common: (bucket) => {
      if (bucket !== last) level = kept * level + fresh * normal(random)
      last = bucket
      return { errors: Math.exp(0.4 * level - 0.08), latency: Math.exp(0.03 * level) }
    },
  }
}

/** Some minutes after the release four of five users go away. */
function trafficDrop({ random }: Setting): Course {
  const from = random.int(1 * MINUTE, 20 * MINUTE)
  return { common: (bucket) => (bucket >= from ? { traffic: 0.2 } : {}) }
}

/** For five minutes a fifth of all requests fail, whatever version serves them. */
function outage({ random }: Setting): Course {
  const from = random.int(2 * MINUTE, 20 * MINUTE)
  return {
    common: (bucket) => (bucket >= from && bucket < from + 5 * MINUTE ? { addedErrors: 0.2 } : {}),
  }
}

/** A leak: nothing at first, and all of it after 15 minutes. */
function ramp(setting: Setting): Course {
  const ratio = errorsOf(setting)
  return {
    defect: (bucket) => ({ errors: 1 + (ratio - 1) * Math.min(1, bucket / (15 * MINUTE)) }),
  }
}

function oneRoute(setting: Setting): Course {
  const route = setting.random.int(0, 3)
  return { defect: always({ errors: errorsOf(setting), route }) }
}

function retryStorm(setting: Setting): Course {
  return { ...steadyErrors(setting), retries: 2 }
}

function latencyShift({ strength }: Setting): Course {
  return { defect: always({ latency: LATENCY_RATIOS[strength]! }) }
}

function tailOnly({ strength }: Setting): Course {
  return { defect: always({ tail: TAILS[strength]! }) }
}
