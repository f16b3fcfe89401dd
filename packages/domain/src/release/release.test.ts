import type { EnvironmentName, EpochMs, ServiceName, VersionName } from '@portcullis/contracts'
import t from 'tap'

import { decideRelease, evolveRelease, newestRelease, type Release } from './release.ts'

function release(version: string, at: number, rest: Partial<Release> = {}): Release {
  return {
    service: 'shop' as ServiceName,
    environment: 'production' as EnvironmentName,
    version: version as VersionName,
    commit: null,
    url: null,
    source: 'metrics',
    at: at as EpochMs,
    ...rest,
  }
}

/** Returns what is known after each version was seen or announced in turn. */
function known(...seen: readonly Release[]): readonly Release[] {
  return seen.reduce<readonly Release[]>((releases, one) => {
    const same = releases.find(({ version }) => version === one.version)
    const [event] = decideRelease(one, { same, newest: newestRelease(releases) })
    if (event === undefined) return releases
    const others = releases.filter((other) => other !== same)
    return [...others, evolveRelease(same, event)]
  }, [])
}

t.test('a version is known from its first sight in metrics', async (t) => {
  t.same(known(release('1.0', 100), release('1.0', 200)), [release('1.0', 100)])
})

t.test('traffic without a version makes no release', async (t) => {
  t.same(known(release('', 100)), [])
})

t.test('an announcement of the newest release adds to it and keeps its time', async (t) => {
  const announced = release('1.0', 150, { source: 'api', commit: 'abc', url: null })
  const both = known(release('1.0', 100), announced)
  t.strictSame(both, [{ ...announced, at: 100 }])
  const withUrl = release('1.0', 160, { source: 'api', url: 'https://ci.example/1' })
  t.strictSame(known(release('1.0', 100), announced, withUrl), [
    { ...withUrl, commit: 'abc', at: 100 },
  ])
})

t.test('an announcement that is repeated is no event', async (t) => {
  const announced = release('1.0', 150, {
    source: 'api',
    commit: 'abc',
    url: 'https://ci.example/1',
  })
  const same = announced
  t.same(decideRelease({ ...announced, at: 170 as EpochMs }, { same, newest: same }), [])
  const bare = release('1.0', 170, { source: 'api' })
  t.same(decideRelease(bare, { same, newest: same }), [])
  const other = { ...announced, url: 'https://ci.example/2' }
  t.equal(decideRelease(other, { same, newest: same }).length, 1)
  t.equal(decideRelease({ ...announced, commit: 'def' }, { same, newest: same }).length, 1)
})

t.test('an announcement of an older version is a roll-back to it', async (t) => {
  const releases = known(
    release('1.0', 100, { source: 'api', commit: 'abc' }),
    release('1.1', 200, { source: 'api' }),
    release('1.0', 300, { source: 'api' }),
  )
  t.strictSame(newestRelease(releases), release('1.0', 300, { source: 'api', commit: 'abc' }))
})

t.test('traffic of an older version is no roll-back', async (t) => {
  const releases = known(release('1.0', 100), release('1.1', 200), release('1.0', 300))
  t.equal(newestRelease(releases)?.version, '1.1')
})

t.test('a second sight changes nothing in the fold either', async (t) => {
  const first = release('1.0', 100, { source: 'api', commit: 'abc' })
  t.equal(evolveRelease(first, { type: 'release.announced', data: release('1.0', 300) }), first)
})

t.test('the newest release is the last to go live, by name where two went at once', async (t) => {
  t.equal(newestRelease([]), undefined)
  const names = (...releases: readonly Release[]) => newestRelease(releases)?.version
  t.equal(names(release('1.1', 200), release('1.0', 100)), '1.1')
  t.equal(names(release('1.0', 200), release('1.1', 200)), '1.1')
  t.equal(names(release('1.1', 200), release('1.0', 200)), '1.1')
})
