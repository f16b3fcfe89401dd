import type {
  DomainEvent,
  EnvironmentName,
  EpochMs,
  IncidentEvent,
  LogPosition,
  NotificationId,
  ProjectId,
  RecordedEvent,
  ServiceName,
  StreamId,
} from '@portcullis/contracts'
import { eventSchemas, NotificationId as NotificationIdSchema } from '@portcullis/contracts'
import t from 'tap'

import { evolveNotification, notificationsOf, type NotificationReceipt } from './evolve.ts'

const INCIDENT_ID = '0197b6a3-51f2-8c4e-9d3a-6f0c8b1a2e4d'

function recorded(event: DomainEvent, place: Partial<RecordedEvent> = {}): RecordedEvent {
  return {
    ...event,
    projectId: 'default' as ProjectId,
    position: 42 as LogPosition,
    streamId: `incident-${INCIDENT_ID}` as StreamId,
    version: 3,
    meta: {
      actor: { kind: 'system', id: 'escalator' },
      via: 'timer',
      commandId: null,
      correlationId: null,
      causationId: null,
    } as RecordedEvent['meta'],
    occurredAt: 1_900_000_000_000 as EpochMs,
    recordedAt: 1_900_000_000_123 as EpochMs,
    ...place,
  } as RecordedEvent
}

const ESCALATED: IncidentEvent = {
  type: 'incident.escalated',
  data: {
    level: 1,
    escalatedAt: 1_900_000_000_000 as EpochMs,
    nextDueAt: null,
    notify: ['log', 'webhook'],
  },
}

function receipt(outcome: 'delivered' | 'failed', attempts: number): NotificationReceipt {
  const facts = {
    notificationId: 'ntf_42_o8v0xu8d_1l2yu2o_1' as NotificationId,
    channel: 'webhook',
    attempts,
    at: (1_900_000_001_000 + attempts) as EpochMs,
  }
  return outcome === 'delivered'
    ? { type: 'notification.delivered', data: facts }
    : { type: 'notification.failed', data: { ...facts, reason: 'answered 500' } }
}

t.test('an event asks for a notification on each channel that it names', async (t) => {
  const asked = notificationsOf(recorded(ESCALATED))
  t.same(
    asked.map(({ channel }) => channel),
    ['log', 'webhook'],
  )
  t.strictSame(asked[1], {
    status: 'pending',
    notificationId: asked[1]!.notificationId,
    channel: 'webhook',
    subject: { kind: 'incident', incidentId: INCIDENT_ID },
    eventType: 'incident.escalated',
    eventPosition: 42,
    requestedAt: 1_900_000_000_123,
  })
})

t.test(
  'a change of a verdict asks for notifications about a service in an environment',
  async (t) => {
    const scope = { service: 'shop' as ServiceName, environment: 'production' as EnvironmentName }
    const changed: DomainEvent = {
      type: 'verdict.changed',
      data: {
        ...{ ...scope, outcome: 'fail', pass: false, reasons: ['alarm'], policies: [] },
        ...{ previous: { outcome: 'pass', pass: true }, notify: ['webhook-2'] },
        asOf: 1_900_000_000_000 as EpochMs,
        heads: { log: 41 as LogPosition, metrics: [] },
      },
    }
    const streamId = 'verdict-shop/production' as StreamId
    const [asked, ...others] = notificationsOf(recorded(changed, { streamId }))
    t.strictSame(others, [])
    t.match(asked, {
      channel: 'webhook-2',
      subject: { kind: 'verdict', ...scope },
      eventType: 'verdict.changed',
      eventPosition: 42,
    })
  },
)

t.test('an event without channels asks for none', async (t) => {
  t.same(notificationsOf(recorded({ type: 'incident.rescheduled', data: { nextDueAt: null } })), [])
  t.same(notificationsOf(recorded({ ...ESCALATED, data: { ...ESCALATED.data, notify: [] } })), [])
})

t.test('every event type that can name channels is known here', async (t) => {
  const naming = Object.entries(eventSchemas).filter(([, schema]) => 'notify' in schema.shape)
  t.same(
    naming.map(([type]) => type),
    [
      'incident.opened',
      'incident.refreshed',
      'incident.escalated',
      'incident.acknowledged',
      'incident.resolved',
      'incident.reopened',
      'verdict.changed',
    ],
  )
})

t.test('the id of a notification is stable, and fit for a header and a job', async (t) => {
  const [first, second] = notificationsOf(recorded(ESCALATED))
  t.same(notificationsOf(recorded(ESCALATED))[0], first)
  t.match(first!.notificationId, /^ntf_42_[0-9a-z]+_[0-9a-z]+_0$/u)
  t.match(second!.notificationId, /^ntf_42_[0-9a-z]+_[0-9a-z]+_1$/u)
  t.ok(NotificationIdSchema.safeParse(first!.notificationId).success)
})

t.test('projects and installations do not share ids', async (t) => {
  const elsewhere: Partial<RecordedEvent>[] = [
    { position: 43 as LogPosition },
    { recordedAt: 1_900_000_000_124 as EpochMs },
    { streamId: 'incident-0197b6a3-51f2-8c4e-9d3a-6f0c8b1a2e4e' as StreamId },
  ]
  const ids = [{}, ...elsewhere].map(
    (place) => notificationsOf(recorded(ESCALATED, place))[0]!.notificationId,
  )
  t.equal(new Set(ids).size, 4)
})

t.test('a receipt settles a notification', async (t) => {
  const [, pending] = notificationsOf(recorded(ESCALATED))
  const { status: _, ...facts } = pending!
  const delivered = { ...facts, status: 'delivered', attempts: 2, settledAt: 1_900_000_001_002 }
  const failed = {
    ...facts,
    status: 'failed',
    attempts: 10,
    reason: 'answered 500',
    settledAt: 1_900_000_001_010,
  }
  t.strictSame(evolveNotification(pending, receipt('delivered', 2)), delivered)
  t.strictSame(evolveNotification(pending, receipt('failed', 10)), failed)
})

t.test('what failed can still be delivered, and what is delivered stays so', async (t) => {
  const [, pending] = notificationsOf(recorded(ESCALATED))
  const failed = evolveNotification(pending, receipt('failed', 10))
  const delivered = evolveNotification(failed, receipt('delivered', 11))
  t.match(delivered, { status: 'delivered', attempts: 11 })
  t.notOk('reason' in delivered)
  t.equal(evolveNotification(delivered, receipt('delivered', 12)), delivered)
  t.equal(evolveNotification(delivered, receipt('failed', 12)), delivered)
})

t.test('a receipt of what was never asked for is a broken log', async (t) => {
  t.throws(() => evolveNotification(undefined, receipt('delivered', 1)), {
    message: 'a notification cannot begin with notification.delivered',
  })
})
