import { z } from 'zod'

import {
  EnvironmentName,
  GatewayRunId,
  KeyId,
  LogPosition,
  NotificationId,
  ServiceName,
  ShardSeq,
} from '../ids.ts'
import { PolicyName } from '../policy/names.ts'
import { RuleMode } from '../policy/rules.ts'
import { PolicyVersion } from '../policy/version.ts'
import { Role, Scope } from '../principal.ts'
import { EpochMs } from '../time.ts'
import { Notify } from './notify.ts'

/** The heads from which something was computed: the log's position and each metric shard's seq. */
export const Heads = z.strictObject({ log: LogPosition, metrics: z.array(ShardSeq) })
export type Heads = z.infer<typeof Heads>

export const Outcome = z.enum(['pass', 'fail', 'undecided'])
export type Outcome = z.infer<typeof Outcome>

/** What a policy that selects a service said of it. */
export const RecordedPolicy = z.strictObject({
  policy: PolicyName,
  version: PolicyVersion,
  mode: RuleMode,
  outcome: Outcome,
  pass: z.boolean(),
  /** Since when all its rules but `healthy_for` have passed; null where one does not. */
  passingSince: EpochMs.nullable(),
  /** What its rules say that are only tried, by name. */
  tried: z.record(z.string().max(64), Outcome),
})
export type RecordedPolicy = z.infer<typeof RecordedPolicy>

/** What a verdict said, in short. */
export const RecordedAnswer = z.strictObject({ outcome: Outcome, pass: z.boolean() })
export type RecordedAnswer = z.infer<typeof RecordedAnswer>

/** Policies of a project, objectives and freezes included, all together. */
export const POLICIES_MAX = 1_000

/** The rest of what is decided, by event type; at schema version 1 where nothing else is said. */
export const operationEvents = {
  /** The verdict for one service and environment became another one, or what one of its policies says. Schema version 3. */
  'verdict.changed': z.strictObject({
    service: ServiceName,
    environment: EnvironmentName,
    outcome: Outcome,
    pass: z.boolean(),
    /** Sorted, distinct reasons of the violations, or of being undecided. */
    reasons: z.array(z.string().max(64)).max(64),
    asOf: EpochMs,
    heads: Heads,
    policies: z.array(RecordedPolicy).max(POLICIES_MAX),
    /** What was recorded before; null for the first, and for what version 2 recorded. */
    previous: RecordedAnswer.nullable(),
    notify: Notify,
  }),
  'access.key_created': z.strictObject({
    keyId: KeyId,
    role: Role,
    scopes: z.array(Scope),
    /** Hex SHA-256 of the secret; the secret itself has 256 random bits, so a slow hash adds nothing. */
    secretHash: z.string().length(64),
    expiresAt: EpochMs.nullable(),
  }),
  'access.key_revoked': z.strictObject({ keyId: KeyId }),
  'notification.delivered': z.strictObject({
    notificationId: NotificationId,
    channel: z.string().max(64),
    attempts: z.int().positive(),
    at: EpochMs,
  }),
  /** Given up: the receiver said so for good, or the retry schedule ended. */
  'notification.failed': z.strictObject({
    notificationId: NotificationId,
    channel: z.string().max(64),
    attempts: z.int().positive(),
    reason: z.string().max(512),
    at: EpochMs,
  }),
  /** A receiver answered 410: nothing more is sent to this URL, by any notifier, until it is another. */
  'notification.receiver_gone': z.strictObject({
    channel: z.string().max(64),
    /** Hex SHA-256 of the URL, which may hold a secret. */
    receiver: z.string().length(64),
    at: EpochMs,
  }),
  /** Accepted batches never arrived (a queue lost them): what the windows of that time show is incomplete. */
  'metrics.lost': z.strictObject({
    run: GatewayRunId,
    shard: z.int().nonnegative(),
    fromNumber: z.int().positive(),
    toNumber: z.int().positive(),
    since: EpochMs,
    until: EpochMs,
  }),
  /** A day's minutes are final; the hash covers what they hold. */
  'minutes.sealed': z.strictObject({
    dayStart: EpochMs,
    rows: z.int().nonnegative(),
    hash: z.string().length(64),
  }),
} as const
