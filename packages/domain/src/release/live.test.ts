import type { EpochMs } from '@portcullis/contracts'
import t from 'tap'

import { announced, PEOPLE } from './fixtures.ts'
import { approvalsOf, newestRelease, runningVersions } from './live.ts'
import { evolveRelease, type Release } from './state.ts'
import { stepIn, Story } from './story.ts'

function running(version: string, at: number): Release {
  return evolveRelease(undefined, { type: 'release.announced', data: announced(version, at) })
}

function after(...steps: readonly string[]): readonly Release[] {
  const story = new Story()
  for (const step of steps) story.take(stepIn(step))
  return story.releases
}

t.test('the newest release is the last to go live, by name where two went at once', async (t) => {
  t.equal(newestRelease([]), undefined)
  const names = (...releases: readonly Release[]) => newestRelease(releases)?.version
  t.equal(names(running('1.1', 200), running('1.0', 100)), '1.1')
  t.equal(names(running('1.0', 200), running('1.1', 200)), '1.1')
  t.equal(names(running('1.1', 200), running('1.0', 200)), '1.1')
})

const SIDE_BY_SIDE: readonly (readonly [steps: string, versions: string | null])[] = [
  ['', null],
  ['see 1', null],
  ['see 1, see 2', '2 beside 1'],
  ['see 1, see 2, see 3', '3 beside 2'],
  ['see 1, finish 1', null],
  ['see 1, finish 1, see 2', '2 beside 1'],
  ['see 1, finish 1, announce 2, promote 2', '2 beside 1'],
  ['see 1, finish 1, announce 2, finish 2', null],
  ['see 1, finish 1, announce 2, abort 2', null],
  ['see 1, finish 1, announce 2, rollback 2', null],
  // A second canary: the first one never had all the traffic.
  ['see 1, finish 1, announce 2, announce 3', '3 beside 1'],
  ['see 1, finish 1, announce 2, promote 2, announce 3', '3 beside 2'],
  ['see 1, finish 1, announce 2, abort 2, announce 3', '3 beside 1'],
  ['see 1, finish 1, announce 2, finish 2, rollback 2, announce 3', '3 beside 1'],
  ['see 1, announce 2, rollback 1', null],
  // Back to the old version by an announcement, while nobody said what became of the new one.
  ['see 1, finish 1, announce 2, announce 1', '1 beside 2'],
]

t.test('the newest release runs beside the one that had all the traffic before it', async (t) => {
  for (const [steps, expected] of SIDE_BY_SIDE) {
    const versions = runningVersions(after(...steps.split(', ').filter((step) => step !== '')))
    const told = versions === null ? null : `${versions.canary} beside ${versions.baseline}`
    t.equal(told, expected, steps)
  }
})

t.test('in whatever order releases are given, the same two run', async (t) => {
  const releases = after('see 1', 'finish 1', 'announce 2', 'announce 3')
  t.same(runningVersions(releases.toReversed()), runningVersions(releases))
})

t.test('a rule counts the approvals of a run that goes on', async (t) => {
  const approvals = (...steps: readonly string[]) => approvalsOf(after('announce 1', ...steps)[0]!)
  t.same(approvals(), [])
  t.strictSame(approvals('ann approve 1', 'bob approve 1'), [
    { role: 'ops_admin', at: 20 },
    { role: 'ops_admin', at: 30 },
  ])
  t.equal(approvals('ann approve 1', 'promote 1').length, 1)
  for (const end of ['finish 1', 'rollback 1', 'abort 1']) {
    t.same(approvals('ann approve 1', end), [], end)
    t.same(approvals('ann approve 1', end, 'announce 1'), [], `${end}, and a new run`)
  }
})

t.test('an event without an announcement before it is no history', async (t) => {
  const { service, environment, version } = announced('1', 0)
  const data = { service, environment, version, at: 0 as EpochMs, note: null, by: PEOPLE.ann }
  t.throws(() => evolveRelease(undefined, { type: 'release.approval_revoked', data }), {
    message: 'release.approval_revoked of a release that was never announced',
  })
})
