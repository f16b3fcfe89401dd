// What becomes of releases, as tables: what is asked, what comes of it, and how the releases stand then (the grammar
// is in story.ts). Every event type of releases and every rejection must occur: the last test counts.
import { releaseEvents, type EpochMs, type PrincipalId } from '@portcullis/contracts'
import t from 'tap'

import { APPROVALS_MAX, decideReleaseCommand, RELEASE_REJECTIONS } from './decide.ts'
import { announced, PEOPLE } from './fixtures.ts'
import { shown, stepIn, Story, told } from './story.ts'

const seen = new Set<string>()

function note({ log }: Story, outcome: string): void {
  seen.add(outcome)
  for (const { type } of log) seen.add(type)
}

/** A named table whose rows must come to what they say. */
function story(name: string, table: string): void {
  t.test(name, async (t) => {
    const play = new Story()
    for (const row of table.trim().split('\n')) {
      const [step = '', outcome, releases] = row.split('|').map((cell) => cell.trim())
      const actual = told(play.take(stepIn(step)))
      t.strictSame([actual, shown(play.releases)], [outcome, releases], row.trim())
      note(play, actual)
    }
  })
}

/** How each state is come to, of version 2 beside a finished 1. */
const WAYS: Readonly<Record<string, readonly string[]>> = {
  running: ['announce 2'],
  promoted: ['announce 2', 'promote 2'],
  finished: ['announce 2', 'finish 2'],
  rolled_back: ['announce 2', 'rollback 2'],
  aborted: ['announce 2', 'abort 2'],
}

const MATRIX = `
  asked    | running          | promoted                 | finished                 | rolled_back                 | aborted
  promote  | promoted         | -                        | release_already_finished | release_already_rolled_back | release_already_aborted
  finish   | finished         | finished                 | -                        | release_already_rolled_back | release_already_aborted
  rollback | rolled_back to 1 | rolled_back to 1         | rolled_back to 1         | -                           | release_already_aborted
  abort    | aborted          | release_already_promoted | release_already_finished | release_already_rolled_back | -
  approve  | approved         | approved                 | release_already_finished | release_already_rolled_back | release_already_aborted
  revoke   | -                | -                        | -                        | -                           | -
  announce | -                | -                        | announced                | announced                   | announced
  see      | -                | -                        | -                        | -                           | -`

t.test('what is asked of a release goes by its state', async (t) => {
  const [head = [], ...rows] = MATRIX.trim()
    .split('\n')
    .map((row) => row.split('|').map((cell) => cell.trim()))
  for (const [word, ...cells] of rows) {
    for (const [nth, expected] of cells.entries()) {
      const state = head[nth + 1]!
      const play = new Story()
      for (const step of ['announce 1', 'finish 1', ...WAYS[state]!]) play.take(stepIn(step))
      const actual = told(play.take(stepIn(`${word} 2`)))
      t.equal(actual, expected, `${word} of one that is ${state}`)
      note(play, actual)
    }
  }
})

story(
  'a release goes its way, and a command that is repeated changes nothing',
  `
  promote 1  | release_not_found | 
  see 1      | announced         | 1 running*
  announce 1 | announced         | 1 running*
  promote 1  | promoted          | 1 promoted*
  promote 1  | -                 | 1 promoted*
  finish 1   | finished          | 1 finished*
  finish 1   | -                 | 1 finished*
  announce 2 | announced         | 1 finished, 2 running*
  finish 2   | finished          | 1 finished, 2 finished*`,
)

story(
  'a roll-back makes the newest release before it that was not taken back the newest again',
  `
  announce 1 | announced        | 1 running*
  announce 2 | announced        | 1 running, 2 running*
  announce 3 | announced        | 1 running, 2 running, 3 running*
  rollback 3 | rolled_back to 2 | 1 running, 2 running*, 3 rolled_back
  announce 4 | announced        | 1 running, 2 running, 3 rolled_back, 4 running*
  rollback 4 | rolled_back to 2 | 1 running, 2 running*, 3 rolled_back, 4 rolled_back
  rollback 2 | rolled_back to 1 | 1 running*, 2 rolled_back, 3 rolled_back, 4 rolled_back
  rollback 1 | rolled_back      | 1 rolled_back, 2 rolled_back, 3 rolled_back, 4 rolled_back
  announce 3 | announced        | 1 rolled_back, 2 rolled_back, 3 running run 2*, 4 rolled_back`,
)

story(
  'a roll-back of a release that is not the newest leaves the newest as it is',
  `
  announce 1 | announced   | 1 running*
  finish 1   | finished    | 1 finished*
  announce 2 | announced   | 1 finished, 2 running*
  rollback 1 | rolled_back | 1 rolled_back, 2 running*
  rollback 2 | rolled_back | 1 rolled_back, 2 rolled_back`,
)

story(
  'an aborted release is not the newest, and nothing else went live for it',
  `
  announce 1 | announced               | 1 running*
  finish 1   | finished                | 1 finished*
  announce 2 | announced               | 1 finished, 2 running*
  abort 2    | aborted                 | 1 finished*, 2 aborted
  announce 3 | announced               | 1 finished, 2 aborted, 3 running*
  rollback 3 | rolled_back to 1        | 1 finished*, 2 aborted, 3 rolled_back
  finish 3   | release_already_rolled_back | 1 finished*, 2 aborted, 3 rolled_back`,
)

story(
  'what a release after it has got, an older one does not get without going live again',
  `
  announce 1 | announced          | 1 running*
  announce 2 | announced          | 1 running, 2 running*
  promote 1  | promoted           | 1 promoted, 2 running*
  promote 2  | promoted           | 1 promoted, 2 promoted*
  finish 1   | release_superseded | 1 promoted, 2 promoted*
  announce 3 | announced          | 1 promoted, 2 promoted, 3 running*
  finish 2   | finished           | 1 promoted, 2 finished, 3 running*
  abort 3    | aborted            | 1 promoted, 2 finished*, 3 aborted
  announce 1 | announced          | 1 promoted*, 2 finished, 3 aborted
  finish 1   | finished           | 1 finished*, 2 finished, 3 aborted`,
)

story(
  'each person says yes once, to one run, and takes back only their own',
  `
  announce 1    | announced         | 1 running*
  ann approve 1 | approved          | 1 running (ann)*
  ann approve 1 | -                 | 1 running (ann)*
  bob revoke 1  | -                 | 1 running (ann)*
  bob approve 1 | approved          | 1 running (ann bob)*
  ann revoke 1  | approval_revoked  | 1 running (bob)*
  ann approve 1 | approved          | 1 running (bob ann)*
  rollback 1    | rolled_back       | 1 rolled_back (bob ann)
  ann approve 1 | -                 | 1 rolled_back (bob ann)
  ann revoke 1  | release_already_rolled_back | 1 rolled_back (bob ann)
  announce 1    | announced         | 1 running run 2*
  ann approve 1 | approved          | 1 running run 2 (ann)*
  bob approve 2 | release_not_found | 1 running run 2 (ann)*`,
)

t.test('an event says who, when, with which role, and keeps the reason sealed', async (t) => {
  const play = new Story()
  for (const step of ['announce 1', 'announce 2', 'bob approve 2', 'bob revoke 2', 'rollback 2']) {
    play.take(stepIn(step))
  }
  const { service, environment } = announced('2', 0)
  const common = {
    service,
    environment,
    version: '2',
    note: { by: PEOPLE.ann, sealed: 'c2VhbGVk' },
  }
  t.strictSame(play.log.slice(2), [
    { type: 'release.approved', data: { ...common, at: 30, by: PEOPLE.bob, role: 'ops_admin' } },
    { type: 'release.approval_revoked', data: { ...common, at: 40, by: PEOPLE.bob } },
    { type: 'release.rolled_back', data: { ...common, at: 50, to: '1' } },
  ])
  t.equal(play.releases.find(({ version }) => version === '1')?.at, 50, 'it went live again')
  t.strictSame(play.releases.find(({ version }) => version === '2')?.life, {
    status: 'rolled_back',
    since: 50,
    to: '1',
  })
})

t.test('a release that was announced for a moment to come stays the newest', async (t) => {
  const play = new Story()
  for (const step of ['announce 1', 'announce 2']) play.take(stepIn(step))
  const ahead = (version: string, by: number) => ({
    ...play.releases.find((one) => one.version === version)!,
    at: by as EpochMs,
  })
  play.releases = [ahead('1', 110), ahead('2', 120)]
  t.equal(told(play.take(stepIn('rollback 2'))), 'rolled_back to 1')
  t.equal(play.releases.find(({ version }) => version === '1')?.at, 110)
})

t.test('approvals have a limit, and those that are there still count', async (t) => {
  const play = new Story()
  play.take(stepIn('announce 1'))
  for (let nth = 0; nth < APPROVALS_MAX; nth += 1) {
    t.equal(told(play.take(stepIn(`p${nth} approve 1`))), 'approved')
  }
  const outcome = told(play.take(stepIn('ann approve 1')))
  t.equal(outcome, 'release_approvals_full')
  note(play, outcome)
  t.equal(told(play.take(stepIn('p7 approve 1'))), '-')
  t.equal(told(play.take(stepIn('p7 revoke 1'))), 'approval_revoked')
  t.equal(told(play.take(stepIn('ann approve 1'))), 'approved')
})

t.test('a release of which nothing is known has no state to go by', async (t) => {
  const { service, environment, version } = announced('1', 0)
  const command = { type: 'revoke_approval', service, environment, version, note: null } as const
  const context = { releases: [], by: 'person_ann' as PrincipalId, now: 0 as EpochMs }
  t.strictSame(decideReleaseCommand(command, context), { rejected: 'release_not_found' })
})

t.test('every event type and every rejection occurs', async (t) => {
  for (const what of [...Object.keys(releaseEvents), ...RELEASE_REJECTIONS])
    t.ok(seen.has(what), what)
})
