import type { EpochMs, Outcome } from '@portcullis/contracts'
import t from 'tap'

import type { Reason } from '../verdict/finding.ts'
import type { Verdict } from '../verdict/verdict.ts'
import { Track } from './track.ts'

/** A verdict at an instant, and for how long it stands: outcome, pass, reasons of its violations. */
type Said = readonly [at: number, outcome: Outcome, pass: boolean, reasons: readonly Reason[]]

const STEP_MS = 60

function verdictOf([at, outcome, pass, reasons]: Said): Verdict {
  const violations = reasons.map((reason) => ({ reason, service: null, route: null, evidence: {} }))
  return { as_of: at as EpochMs, outcome, pass, violations } as Partial<Verdict> as Verdict
}

const TABLE: readonly {
  readonly name: string
  readonly given: readonly Said[]
  readonly blockedMs: number
  readonly outcomes: readonly [pass: number, fail: number, undecided: number]
  /** Instants at which the verdict changed, with why. */
  readonly changes: readonly string[]
}[] = [
  { name: 'nothing was asked', given: [], blockedMs: 0, outcomes: [0, 0, 0], changes: [] },
  {
    name: 'the first verdict is a change',
    given: [[0, 'pass', true, []]],
    ...{ blockedMs: 0, outcomes: [1, 0, 0], changes: ['0 pass'] },
  },
  {
    name: 'what stays as it is changes nothing, whatever the reasons become',
    given: [
      [0, 'fail', false, ['latency']],
      [1, 'fail', false, ['error_rate']],
    ],
    ...{ blockedMs: 120, outcomes: [0, 2, 0], changes: ['0 fail latency'] },
  },
  {
    name: 'a reason is told once, in the order of the violations',
    given: [[0, 'fail', false, ['latency', 'alarm', 'latency']]],
    ...{ blockedMs: 60, outcomes: [0, 1, 0], changes: ['0 fail latency alarm'] },
  },
  {
    name: 'there and back are two changes',
    given: [
      [0, 'pass', true, []],
      [1, 'fail', false, ['alarm']],
      [2, 'pass', true, []],
    ],
    ...{ blockedMs: 60, outcomes: [2, 1, 0], changes: ['0 pass', '1 fail alarm', '2 pass'] },
  },
  {
    name: 'a verdict that is undecided may let through, and is a change if it does no longer',
    given: [
      [0, 'undecided', true, ['no_data']],
      [1, 'undecided', false, ['no_data']],
    ],
    ...{ blockedMs: 60, outcomes: [0, 0, 2] },
    changes: ['0 undecided no_data', '1 undecided no_data'],
  },
]

for (const { name, given, blockedMs, outcomes, changes } of TABLE) {
  t.test(name, async (t) => {
    const track = new Track()
    for (const said of given) track.add(verdictOf(said), STEP_MS)
    const found = track.summary()
    const [pass, fail, undecided] = outcomes
    t.strictSame(found.outcomes, { pass, fail, undecided })
    t.strictSame(
      { verdicts: found.verdicts, blockedMs: found.blockedMs },
      { verdicts: given.length, blockedMs },
    )
    t.strictSame(
      found.changes.map(({ at, outcome, reasons }) => [at, outcome, ...reasons].join(' ')),
      changes,
    )
  })
}

t.test('a verdict blocks for as long as it stands', async (t) => {
  const track = new Track()
  track.add(verdictOf([0, 'fail', false, []]), 60)
  track.add(verdictOf([60, 'fail', false, []]), 12)
  t.equal(track.summary().blockedMs, 72)
})
