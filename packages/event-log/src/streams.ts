import type {
  EnvironmentName,
  EpochMs,
  GatewayRunId,
  IncidentId,
  KeyId,
  NotificationId,
  PolicyKind,
  PolicyName,
  ServiceName,
  StreamId,
  WaiverId,
} from '@portcullis/contracts'

/** Returns the stream of an incident: what people and timers did with it. */
export function incidentStream(id: IncidentId): StreamId {
  return `incident-${id}` as StreamId
}

/** Returns the stream of the alarm that has the same scope, and so the same id, as an incident. */
export function alarmStream(id: IncidentId): StreamId {
  return `alarm-${id}` as StreamId
}

/**
 * Returns the stream of the recorded verdicts of one service and environment. A slash of the service's
 * name is escaped: `a/b` in `c` must not share a stream with `a` in `b/c`.
 */
export function verdictStream(service: ServiceName, environment: EnvironmentName): StreamId {
  const escaped = service.replaceAll('%', '%25').replaceAll('/', '%2F')
  return `verdict-${escaped}/${environment}` as StreamId
}

/** Returns the stream of a notification's receipts. */
export function notificationStream(id: NotificationId): StreamId {
  return `notification-${id}` as StreamId
}

/** Returns the stream of a receiver of webhooks: it begins when the receiver is gone. */
export function receiverStream(receiver: string): StreamId {
  return `receiver-${receiver}` as StreamId
}

/** Returns the stream of the releases of one service in one environment. */
export function releaseStream(service: ServiceName, environment: EnvironmentName): StreamId {
  const escaped = service.replaceAll('%', '%25').replaceAll('/', '%2F')
  return `release-${escaped}/${environment}` as StreamId
}

/** Returns the stream of a policy, an objective or a freeze. */
export function policyStream(kind: PolicyKind, name: PolicyName): StreamId {
  return `policy-${kind}/${name}` as StreamId
}

/** Returns the stream of a waiver. */
export function waiverStream(id: WaiverId): StreamId {
  return `waiver-${id}` as StreamId
}

/** Returns the stream of an API key. */
export function keyStream(id: KeyId): StreamId {
  return `key-${id}` as StreamId
}

/** Returns the stream of one loss: batches of a gateway's run that a shard never got, from a number on. */
export function lossStream(run: GatewayRunId, shard: number, fromNumber: number): StreamId {
  return `loss-${run}/${shard}/${fromNumber}` as StreamId
}

/** Returns the stream of the seal over one (UTC) day of minutes. */
export function sealStream(dayStart: EpochMs): StreamId {
  return `seal-${new Date(dayStart).toISOString().slice(0, 10)}` as StreamId
}
