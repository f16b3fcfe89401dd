import type { EpochMs, PolicyName, PolicyVersion } from '@portcullis/contracts'
import t from 'tap'

import {
  type AppliedPolicies,
  appliedPolicyOf,
  policyKeyOf,
  type WrittenDocument,
} from '../policy/applied/state.ts'
import { decideFreeze, FREEZE_REJECTIONS, type FreezeDecision } from './decide.ts'

const at = (time: string): EpochMs => Date.parse(`2026-11-30T${time}Z`) as EpochMs
const versionOf = (digit: number) => String(digit).repeat(64) as PolicyVersion

function freeze(name: string, schedule: object, labels: object = {}): WrittenDocument {
  const document = {
    apiVersion: 'portcullis.dev/v1',
    kind: 'Freeze',
    metadata: { name, labels },
    spec: { reason: 'an incident', schedule },
  }
  return JSON.parse(JSON.stringify(document)) as WrittenDocument
}

const span = (from: string, to: string) => ({
  from: `2026-11-30T${from}Z`,
  to: `2026-11-30T${to}Z`,
})
const STARTED = { 'portcullis.dev/started': 'true' }
const morning = freeze('morning', span('09:00:00', '10:00:00'), STARTED)
const noon = freeze('noon', span('12:00:00', '13:00:00'), STARTED)
const filed = freeze('filed', span('09:00:00', '10:00:00'))
const otherMorning = freeze('morning', span('09:30:00', '11:00:00'), STARTED)
const backwards = freeze('noon', span('14:00:00', '13:00:00'), STARTED)
const nights = freeze('nights', {
  rrule: 'FREQ=DAILY;BYHOUR=22',
  duration: '8h',
  timeZone: 'Europe/Berlin',
})

const start = (digit: number, document: WrittenDocument) =>
  ({ type: 'start_freeze', version: versionOf(digit), document }) as const
const end = (name: string) => ({ type: 'end_freeze', name: name as PolicyName }) as const

function inForce(...documents: readonly (readonly [number, WrittenDocument])[]): AppliedPolicies {
  const applied = documents.map(([digit, document]) => appliedPolicyOf(versionOf(digit), document))
  return new Map(applied.map((one) => [policyKeyOf(one), one]))
}

function told(decision: FreezeDecision): string[] {
  if ('rejected' in decision) return [decision.rejected]
  return decision.events.map(({ type, data }) => `${type} ${data.name}`)
}

const rows: readonly (readonly [
  fact: string,
  now: string,
  before: AppliedPolicies,
  command: ReturnType<typeof start> | ReturnType<typeof end>,
  then: readonly string[],
])[] = [
  ['one starts', '12:00:00', inForce(), start(1, noon), ['policy.applied noon']],
  ['one may be announced', '08:00:00', inForce(), start(1, noon), ['policy.applied noon']],
  ['its end is to come', '13:00:00', inForce(), start(1, noon), ['freeze_end_in_past']],
  ['it ends after it begins', '12:00:00', inForce(), start(1, backwards), ['policies_do_not_fit']],
  ['the same again is nothing', '12:30:00', inForce([1, noon]), start(1, noon), []],
  [
    'a name is taken while it lasts',
    '09:30:00',
    inForce([1, morning]),
    start(2, otherMorning),
    ['freeze_already_there'],
  ],
  [
    'a name is free after its end',
    '10:00:00',
    inForce([1, morning]),
    start(2, otherMorning),
    ['policy.applied morning'],
  ],
  [
    'one that comes again keeps its name',
    '12:00:00',
    inForce([1, nights]),
    start(2, freeze('nights', span('12:00:00', '13:00:00'))),
    ['freeze_already_there'],
  ],
  [
    'what ended is tidied away, but not what a file says',
    '12:00:00',
    inForce([1, morning], [2, filed], [3, nights]),
    start(4, noon),
    ['policy.applied noon', 'policy.removed morning'],
  ],
  [
    'what has not ended stays',
    '09:59:59',
    inForce([1, morning]),
    start(4, noon),
    ['policy.applied noon'],
  ],
  ['one ends early', '09:30:00', inForce([1, morning]), end('morning'), ['policy.removed morning']],
  [
    'one is called off',
    '08:00:00',
    inForce([1, morning]),
    end('morning'),
    ['policy.removed morning'],
  ],
  [
    'one of a file ends early',
    '09:30:00',
    inForce([2, filed]),
    end('filed'),
    ['policy.removed filed'],
  ],
  [
    'what ended cannot end',
    '10:00:00',
    inForce([1, morning]),
    end('morning'),
    ['freeze_has_ended'],
  ],
  [
    'what is not there cannot end',
    '10:00:00',
    inForce([1, morning]),
    end('noon'),
    ['freeze_not_found'],
  ],
  [
    'what comes again does not end',
    '10:00:00',
    inForce([1, nights]),
    end('nights'),
    ['freeze_comes_again'],
  ],
]

for (const [fact, now, before, command, then] of rows) {
  t.test(fact, async (t) => t.strictSame(told(decideFreeze(command, before, at(now))), then))
}

t.test('every rejection occurs here', async (t) => {
  const seen = new Set(rows.flatMap(([, , , , then]) => then))
  for (const rejection of FREEZE_REJECTIONS) t.ok(seen.has(rejection), rejection)
})
