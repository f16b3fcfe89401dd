import type { EpochMs } from '@portcullis/contracts'
import t from 'tap'

import { decideRelease } from './announce.ts'
import { announced, PEOPLE } from './fixtures.ts'
import { newestRelease } from './live.ts'
import { type Announcement, evolveRelease, type Release } from './state.ts'

/** Returns what is known after each version was seen or announced in turn. */
function known(...seen: readonly Announcement[]): readonly Release[] {
  return seen.reduce<readonly Release[]>((releases, one) => {
    const same = releases.find(({ version }) => version === one.version)
    const [event] = decideRelease(one, { same, newest: newestRelease(releases) })
    if (event === undefined) return releases
    const others = releases.filter((other) => other !== same)
    return [...others, evolveRelease(same, event)]
  }, [])
}

/** A release whose first run goes on, and nothing else happened to it. */
function running(version: string, at: number, rest: Partial<Announcement> = {}): Release {
  const announcement = announced(version, at, rest)
  return { ...announcement, run: 1, life: { status: 'running' }, approvals: [] }
}

t.test('a version is known from its first sight in metrics', async (t) => {
  t.same(known(announced('1.0', 100), announced('1.0', 200)), [running('1.0', 100)])
})

t.test('traffic without a version makes no release', async (t) => {
  t.same(known(announced('', 100)), [])
})

t.test('an announcement of the newest release adds to it and keeps its time', async (t) => {
  const first = { source: 'api', commit: 'abc', labels: { tier: 'gold' } } as const
  const both = known(announced('1.0', 100), announced('1.0', 150, first))
  t.strictSame(both, [running('1.0', 100, first)])
  const url = 'https://ci.example/1'
  const withUrl = announced('1.0', 160, { source: 'api', url })
  t.strictSame(known(announced('1.0', 100), announced('1.0', 150, first), withUrl), [
    running('1.0', 100, { ...first, url }),
  ])
})

t.test('labels replace those that were known, and none at all leave them', async (t) => {
  const labelled = (at: number, labels: Announcement['labels']) =>
    announced('1.0', at, { source: 'api', labels })
  const labelsAfter = (...seen: Announcement[]) => known(...seen)[0]?.labels
  t.same(labelsAfter(labelled(100, { a: '1', b: '2' }), labelled(110, { a: '3' })), { a: '3' })
  t.same(labelsAfter(labelled(100, { a: '1' }), labelled(110, {})), { a: '1' })
  t.same(labelsAfter(announced('1.0', 90), labelled(100, { a: '1' })), { a: '1' })
})

t.test('an announcement that is repeated is no event', async (t) => {
  const announcement = announced('1.0', 150, {
    source: 'api',
    commit: 'abc',
    url: 'https://ci.example/1',
    labels: { a: '1', b: '2' },
  })
  const same = running('1.0', 150, announcement)
  const decided = (seen: Announcement) => decideRelease(seen, { same, newest: same }).length
  t.equal(decided({ ...announcement, at: 170 as EpochMs }), 0)
  t.equal(decided(announced('1.0', 170, { source: 'api' })), 0)
  t.equal(decided({ ...announcement, labels: { b: '2', a: '1' } }), 0, 'in whatever order')
  t.equal(decided({ ...announcement, url: 'https://ci.example/2' }), 1)
  t.equal(decided({ ...announcement, commit: 'def' }), 1)
  t.equal(decided({ ...announcement, labels: { a: '1' } }), 1)
  t.equal(decided({ ...announcement, labels: { a: '1', c: '2' } }), 1)
})

t.test('an announcement of an older version is a roll-back to it', async (t) => {
  const releases = known(
    announced('1.0', 100, { source: 'api', commit: 'abc' }),
    announced('1.1', 200, { source: 'api' }),
    announced('1.0', 300, { source: 'api' }),
  )
  t.strictSame(newestRelease(releases), running('1.0', 300, { source: 'api', commit: 'abc' }))
})

t.test('traffic of an older version is no roll-back', async (t) => {
  const releases = known(announced('1.0', 100), announced('1.1', 200), announced('1.0', 300))
  t.equal(newestRelease(releases)?.version, '1.1')
})

t.test('a second sight changes nothing in the fold either', async (t) => {
  const first = running('1.0', 100, { source: 'api', commit: 'abc' })
  t.equal(evolveRelease(first, { type: 'release.announced', data: announced('1.0', 300) }), first)
})

t.test('an announcement after the end of a run begins the next one', async (t) => {
  const since = 200 as EpochMs
  const lives = [
    { status: 'finished', since },
    { status: 'aborted', since },
    { status: 'rolled_back', since, to: null },
  ] as const
  const approvals = [{ by: PEOPLE.ann, role: 'ops_admin', at: since }] as const
  for (const life of lives) {
    const over: Release = {
      ...running('1.0', 100, { source: 'api', commit: 'abc' }),
      life,
      approvals,
    }
    const seen = announced('1.0', 300, { source: 'api' })
    // A release that was taken back is not the newest, and needs no other one to be so.
    const newest = life.status === 'finished' ? over : undefined
    const [event] = decideRelease(seen, { same: over, newest })
    t.strictSame(event, { type: 'release.announced', data: seen }, life.status)
    t.strictSame(evolveRelease(over, event!), {
      ...running('1.0', 300, { source: 'api', commit: 'abc' }),
      run: 2,
    })
    const sight = announced('1.0', 300)
    t.same(decideRelease(sight, { same: over, newest }), [], 'traffic begins nothing')
  }
})
