import { z } from 'zod'

import { EnvironmentName, ServiceName } from '../ids.ts'
import { lineOf, proseOf } from '../text.ts'
import { DAY_MS, MINUTE_MS } from '../time.ts'
import { Labels, PolicyName } from './names.ts'
import { PolicyTestSpec } from './policy-test.ts'
import { Duration, durationFrom, Percent, ProperShare } from './quantities.ts'
import { OnUndecided, Rule, RuleMode } from './rules.ts'
import { RouteSelector, Selector, TimeZone } from './selector.ts'
import { Statuses } from './statuses.ts'

export const POLICY_API_VERSION = 'portcullis.dev/v1'

/** Rules of one policy, at most. */
export const RULES_MAX = 100

const Metadata = z.strictObject({
  name: PolicyName,
  description: proseOf(2_000).optional(),
  labels: Labels.optional(),
})

/** What must hold before something is released. Every policy that selects a release is needed. */
export const ReleasePolicy = z.strictObject({
  apiVersion: z.literal(POLICY_API_VERSION),
  kind: z.literal('ReleasePolicy'),
  metadata: Metadata,
  spec: z.strictObject({
    selector: Selector.prefault({}),
    mode: RuleMode.default('enforce'),
    onUndecided: OnUndecided.default('block'),
    rules: z.array(Rule).min(1).max(RULES_MAX),
  }),
})
export type ReleasePolicy = z.infer<typeof ReleasePolicy>

/** Over which time a budget is counted. */
const Period = z.union([
  z.strictObject({ rolling: durationFrom(DAY_MS, 400 * DAY_MS, '1d to 400d') }),
  z.strictObject({ calendar: z.enum(['week', 'month', 'quarter', 'year']), timeZone: TimeZone }),
])

/** Which requests are good. */
const Indicator = z.union([
  z.strictObject({ errors: Statuses }),
  z.strictObject({ fasterThan: Duration }),
])

/** A service level objective: which share of its requests is to be good, over which time. */
export const Slo = z
  .strictObject({
    apiVersion: z.literal(POLICY_API_VERSION),
    kind: z.literal('Slo'),
    metadata: Metadata,
    spec: z.strictObject({
      service: ServiceName,
      environment: EnvironmentName.optional(),
      routes: RouteSelector.optional(),
      objective: ProperShare,
      period: Period.prefault({ rolling: '28d' }),
      indicator: Indicator.prefault({ errors: ['5xx'] }),
      budgeting: z.enum(['occurrences', 'timeslices']).default('occurrences'),
      /** Share of good requests below which a slice of a minute is bad; for `timeslices`. */
      sliceTarget: Percent.optional(),
    }),
  })
  .refine(({ spec }) => (spec.budgeting === 'timeslices') === (spec.sliceTarget !== undefined), {
    message: 'must be there for timeslices, and only then',
    path: ['spec', 'sliceTarget'],
  })
export type Slo = z.infer<typeof Slo>

/** The label of a freeze that somebody started by hand: it is in no file, and no file takes its place. */
export const STARTED_LABEL = 'portcullis.dev/started'

/** A date and a time as a clock on the wall shows them: `2026-01-05T16:00`. */
const WallTime = z.iso
  .datetime({ local: true })
  .refine((text) => !text.endsWith('Z'), 'must have no Z: it is a time of `timeZone`')

/** A time in which nothing is released, but by exception. */
export const Freeze = z.strictObject({
  apiVersion: z.literal(POLICY_API_VERSION),
  kind: z.literal('Freeze'),
  metadata: Metadata,
  spec: z.strictObject({
    selector: Selector.omit({ hours: true }).prefault({}),
    reason: lineOf(200),
    schedule: z.union([
      z.strictObject({
        from: z.iso.datetime({ offset: true }),
        to: z.iso.datetime({ offset: true }),
      }),
      z.strictObject({
        /** RFC 5545; when it begins. */
        rrule: lineOf(500),
        duration: durationFrom(MINUTE_MS, 90 * DAY_MS, '1m to 90d'),
        timeZone: TimeZone,
        /** From when on the rule counts (DTSTART); the time of day too, where the rule names none. */
        start: WallTime.optional(),
        /** Days of the time zone on which it does not begin (EXDATE). */
        exceptDates: z.array(z.iso.date()).min(1).max(100).optional(),
      }),
    ]),
    /** Releases with one of these labels go through. */
    exceptLabels: Labels.optional(),
  }),
})
export type Freeze = z.infer<typeof Freeze>

/** Cases that a policy is held to, written beside it. */
export const PolicyTest = z.strictObject({
  apiVersion: z.literal(POLICY_API_VERSION),
  kind: z.literal('PolicyTest'),
  metadata: Metadata,
  spec: PolicyTestSpec,
})
export type PolicyTest = z.infer<typeof PolicyTest>

/** What can be put in force: all but what is only run. */
export const AppliedDocument = z.discriminatedUnion('kind', [ReleasePolicy, Slo, Freeze])
export type AppliedDocument = z.infer<typeof AppliedDocument>

/** What a policy file holds: one of these, or several with `---` between them. */
export const PolicyDocument = z.discriminatedUnion('kind', [ReleasePolicy, Slo, Freeze, PolicyTest])
export type PolicyDocument = z.infer<typeof PolicyDocument>
