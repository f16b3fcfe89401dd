import {
  DAY_MS,
  type EnvironmentName,
  type EpochMs,
  HOUR_MS,
  type LogPosition,
  type PrincipalId,
  type ProjectId,
  type RecordedEvent,
  type ServiceName,
  type StreamId,
  type WaiverEvent,
  type WaiverId,
} from '@portcullis/contracts'
import fc from 'fast-check'
import t from 'tap'

import {
  decideWaiver,
  WAIVER_REJECTIONS,
  type WaiverCommand,
  type WaiverDecision,
} from './decide.ts'
import { evolveWaiver, type Waiver, WAIVER_STATUSES, waiverStatusAt } from './state.ts'
import { activeWaivers } from './waiver-for.ts'

// Goal: who may let something through, for how long, and who may take it back. Method: commands in turn, each with what
// comes of it; the waiver is folded from the events as the projections fold it.

const T0 = Date.UTC(2026, 10, 30, 9) as EpochMs
const ID = '0199aa00-0000-7000-8000-0000000000aa' as WaiverId
const ANN = 'person_ann' as PrincipalId
const BOB = 'person_bob' as PrincipalId

type Do = 'grant' | 'approve' | 'revoke'

function commandOf(what: Do, over: object = {}): WaiverCommand {
  if (what === 'approve') return { type: 'approve_waiver', waiverId: ID }
  if (what === 'revoke') return { type: 'revoke_waiver', waiverId: ID }
  return {
    type: 'grant_waiver',
    waiverId: ID,
    service: 'checkout' as ServiceName,
    environment: 'production' as EnvironmentName,
    version: null,
    policies: null,
    rules: null,
    reason: { by: ANN, sealed: 'c2VhbGVk' },
    until: (T0 + HOUR_MS) as EpochMs,
    needsSecond: false,
    ...over,
  }
}

const actorOf = (id: PrincipalId) => ({ kind: id === BOB ? 'key' : 'person', id }) as const

function recorded(event: WaiverEvent, at: EpochMs, by: PrincipalId): RecordedEvent<WaiverEvent> {
  return {
    ...event,
    projectId: 'default' as ProjectId,
    position: 7 as LogPosition,
    streamId: `waiver-${ID}` as StreamId,
    version: 1,
    meta: {
      actor: actorOf(by),
      via: 'http',
      commandId: null,
      correlationId: null,
      causationId: null,
    },
    occurredAt: at,
    recordedAt: at,
  }
}

interface Step {
  readonly minute: number
  readonly by?: PrincipalId
  readonly does: Do
  readonly over?: object
}

/** Runs commands in turn; returns what came of each, and the waiver in the end. */
function run(steps: readonly Step[]): {
  readonly told: string[]
  readonly waiver: Waiver | undefined
} {
  let waiver: Waiver | undefined
  const told = steps.map(({ minute, by = ANN, does, over }) => {
    const now = (T0 + minute * 60_000) as EpochMs
    const decision: WaiverDecision = decideWaiver(commandOf(does, over), waiver, {
      now,
      actor: actorOf(by),
    })
    if ('rejected' in decision) return decision.rejected
    for (const event of decision.events) waiver = evolveWaiver(waiver, recorded(event, now, by))
    return decision.events.map(({ type }) => type).join(' ') || 'nothing'
  })
  return { told, waiver }
}

const GRANT: Step = { minute: 0, does: 'grant' }
const GRANT_TWO: Step = { minute: 0, does: 'grant', over: { needsSecond: true } }
const until = (ms: number) => ({ until: (T0 + ms) as EpochMs })

const rows: readonly (readonly [
  fact: string,
  steps: readonly Step[],
  then: readonly string[],
  status: string,
])[] = [
  ['one is granted', [GRANT], ['waiver.granted'], 'active'],
  [
    'it lasts a week at most',
    [{ minute: 0, does: 'grant', over: until(7 * DAY_MS) }],
    ['waiver.granted'],
    'active',
  ],
  [
    'it lasts no longer',
    [{ minute: 0, does: 'grant', over: until(7 * DAY_MS + 1) }],
    ['waiver_end_too_far'],
    '-',
  ],
  ['its end is to come', [{ minute: 60, does: 'grant' }], ['waiver_end_in_past'], '-'],
  ['one id is one waiver', [GRANT, GRANT], ['waiver.granted', 'waiver_already_granted'], 'active'],
  ['what needs a second waits', [GRANT_TWO], ['waiver.granted'], 'pending'],
  [
    'a second person approves',
    [GRANT_TWO, { minute: 1, by: BOB, does: 'approve' }],
    ['waiver.granted', 'waiver.approved'],
    'active',
  ],
  [
    'the first does not',
    [GRANT_TWO, { minute: 1, does: 'approve' }],
    ['waiver.granted', 'waiver_needs_another'],
    'pending',
  ],
  [
    'to approve twice is nothing',
    [GRANT_TWO, { minute: 1, by: BOB, does: 'approve' }, { minute: 2, by: BOB, does: 'approve' }],
    ['waiver.granted', 'waiver.approved', 'nothing'],
    'active',
  ],
  [
    'what needs nobody is approved already',
    [GRANT, { minute: 1, does: 'approve' }],
    ['waiver.granted', 'nothing'],
    'active',
  ],
  [
    'what is over cannot be approved',
    [GRANT_TWO, { minute: 60, by: BOB, does: 'approve' }],
    ['waiver.granted', 'waiver_has_ended'],
    'ended',
  ],
  [
    'nor what is revoked',
    [GRANT_TWO, { minute: 1, does: 'revoke' }, { minute: 2, by: BOB, does: 'approve' }],
    ['waiver.granted', 'waiver.revoked', 'waiver_is_revoked'],
    'revoked',
  ],
  [
    'who granted it may revoke it',
    [GRANT, { minute: 1, does: 'revoke' }],
    ['waiver.granted', 'waiver.revoked'],
    'revoked',
  ],
  [
    'so may another',
    [GRANT, { minute: 1, by: BOB, does: 'revoke' }],
    ['waiver.granted', 'waiver.revoked'],
    'revoked',
  ],
  [
    'to revoke twice is nothing',
    [GRANT, { minute: 1, does: 'revoke' }, { minute: 61, does: 'revoke' }],
    ['waiver.granted', 'waiver.revoked', 'nothing'],
    'revoked',
  ],
  [
    'what is over cannot be revoked',
    [GRANT, { minute: 60, does: 'revoke' }],
    ['waiver.granted', 'waiver_has_ended'],
    'ended',
  ],
  [
    'what is not there cannot be approved',
    [{ minute: 0, does: 'approve' }],
    ['waiver_not_found'],
    '-',
  ],
  ['nor revoked', [{ minute: 0, does: 'revoke' }], ['waiver_not_found'], '-'],
]

for (const [fact, steps, then, status] of rows) {
  t.test(fact, async (t) => {
    const { told, waiver } = run(steps)
    t.strictSame(told, then)
    const now = (T0 + steps.at(-1)!.minute * 60_000) as EpochMs
    t.equal(waiver === undefined ? '-' : waiverStatusAt(waiver, now), status)
  })
}

t.test('every rejection, event and status occurs here', async (t) => {
  const seen = new Set(rows.flatMap(([, , then, status]) => [...then, status]))
  for (const word of [...WAIVER_REJECTIONS, ...WAIVER_STATUSES]) t.ok(seen.has(word), word)
  for (const type of ['granted', 'approved', 'revoked']) t.ok(seen.has(`waiver.${type}`), type)
})

t.test('a waiver tells who granted, approved and revoked it, and when', async (t) => {
  const { waiver } = run([
    GRANT_TWO,
    { minute: 1, by: BOB, does: 'approve' },
    { minute: 2, does: 'revoke' },
  ])
  t.match(waiver, {
    grantedBy: ANN,
    grantedAt: T0,
    approval: { approvedBy: BOB, approvedAt: T0 + 60_000 },
    revokedBy: ANN,
    revokedAt: T0 + 120_000,
  })
  const early = run([GRANT_TWO, { minute: 1, does: 'revoke' }])
  t.match(early.waiver, { status: 'revoked', approval: null })
})

t.test('a stream that does not begin with a grant is a broken log', async (t) => {
  const event: WaiverEvent = { type: 'waiver.revoked', data: { waiverId: ID } }
  t.throws(() => evolveWaiver(undefined, recorded(event, T0, ANN)), {
    message: 'a waiver cannot begin with waiver.revoked',
  })
})

t.test('whatever is done to it, a waiver lets nothing through from its end on', async (t) => {
  const step = fc.record({
    minute: fc.integer({ min: 0, max: 120 }),
    by: fc.constantFrom(ANN, BOB),
    does: fc.constantFrom<Do>('approve', 'revoke'),
  })
  const property = fc.property(
    fc.boolean(),
    fc.array(step, { maxLength: 8 }),
    (needsSecond, steps) => {
      const inTime = steps.toSorted((a, b) => a.minute - b.minute)
      const { waiver } = run([{ minute: 0, does: 'grant', over: { needsSecond } }, ...inTime])
      const end = waiver!.until
      const isOver = activeWaivers([waiver!], end).length === 0
      const isPermitted =
        activeWaivers([waiver!], (end - 1) as EpochMs).length === 0 ||
        !needsSecond ||
        (waiver!.status === 'active' && waiver!.approval?.approvedBy === BOB)
      return isOver && isPermitted
    },
  )
  t.doesNotThrow(() => fc.assert(property))
})
