import { z } from 'zod'

import { lineOf } from './text.ts'

// Every kind of id has a brand of its own, so that no id can be passed for another.

export const ProjectId = lineOf(64).brand<'ProjectId'>()
export type ProjectId = z.infer<typeof ProjectId>

/** The project of an installation that never asked for a second one. */
export const DEFAULT_PROJECT = 'default' as ProjectId

export const ServiceName = lineOf(128).brand<'ServiceName'>()
export type ServiceName = z.infer<typeof ServiceName>

export const EnvironmentName = lineOf(64).brand<'EnvironmentName'>()
export type EnvironmentName = z.infer<typeof EnvironmentName>

/** The environment that a batch or a question means when it names none. */
export const DEFAULT_ENVIRONMENT = 'production' as EnvironmentName

/** A release's version as the service tells it; the empty string where it tells none. */
export const VersionName = lineOf(128).or(z.literal('')).brand<'VersionName'>()
export type VersionName = z.infer<typeof VersionName>

/** `METHOD /path-template`, without a query string. */
export const RouteName = lineOf(512).brand<'RouteName'>()
export type RouteName = z.infer<typeof RouteName>

/** Where routes beyond the cap are counted (DESIGN.md, guarantee 6). */
export const OTHER_ROUTE = 'OTHER' as RouteName

/** What an alarm or incident is about: `error_rate`, `p95_regress`, `slo_violation`, or a kind of one's own. */
export const KindName = z
  .string()
  .regex(
    /^[a-z][a-z0-9_]{0,63}$/u,
    'must be lower case letters, digits and _, starting with a letter',
  )
  .brand<'KindName'>()
export type KindName = z.infer<typeof KindName>

/** UUIDv8 made from project, service, environment, route and kind; the alarm of that key has the same id. */
export const IncidentId = z.guid().brand<'IncidentId'>()
export type IncidentId = z.infer<typeof IncidentId>

export const CommandId = z.guid().brand<'CommandId'>()
export type CommandId = z.infer<typeof CommandId>

/** Opaque id of a person or an API key; names live in erasable tables, never in the log. */
export const PrincipalId = lineOf(64).brand<'PrincipalId'>()
export type PrincipalId = z.infer<typeof PrincipalId>

export const KeyId = lineOf(64).brand<'KeyId'>()
export type KeyId = z.infer<typeof KeyId>

/** UUIDv7, made by the gateway that took the grant in. */
export const WaiverId = z.guid().brand<'WaiverId'>()
export type WaiverId = z.infer<typeof WaiverId>

export const StreamId = lineOf(512).brand<'StreamId'>()
export type StreamId = z.infer<typeof StreamId>

/** Stable over retries: the `webhook-id` of a delivery. */
export const NotificationId = lineOf(128).brand<'NotificationId'>()
export type NotificationId = z.infer<typeof NotificationId>

/** One run of one gateway process; it numbers the batches that it accepts, per shard. */
export const GatewayRunId = z.guid().brand<'GatewayRunId'>()
export type GatewayRunId = z.infer<typeof GatewayRunId>

/** Position of an event in its project's log: 1, 2, 3 … without gaps, in commit order. */
export const LogPosition = z.int().nonnegative().brand<'LogPosition'>()
export type LogPosition = z.infer<typeof LogPosition>

/** Sequence number of a batch in its shard: 1, 2, 3 … without gaps, in commit order. */
export const ShardSeq = z.int().nonnegative().brand<'ShardSeq'>()
export type ShardSeq = z.infer<typeof ShardSeq>
