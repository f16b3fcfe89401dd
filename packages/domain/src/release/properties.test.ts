// What holds for the releases of a service whatever is asked in whatever order: random stories of three versions and
// three people.
import { releaseEvents } from '@portcullis/contracts'
import fc from 'fast-check'
import t from 'tap'

import { approvalsOf, newestRelease, runningVersions } from './live.ts'
import { isOver, isTakenBack, type Release } from './state.ts'
import { folded, type Step, stepIn, Story } from './story.ts'

const words = ['announce', 'see', 'promote', 'finish', 'rollback', 'abort', 'approve', 'revoke']
const step = fc
  .tuple(
    fc.constantFrom('ann', 'bob', 'cyd'),
    fc.constantFrom(...words),
    fc.constantFrom('1', '2', '3'),
  )
  .map(([by, word, version]): Step => stepIn(`${by} ${word} ${version}`))
const steps = fc.array(step, { minLength: 1, maxLength: 60 })

/** Looks at every step of random stories. */
function always(
  look: (given: {
    readonly step: Step
    readonly before: readonly Release[]
    readonly story: Story
    readonly events: readonly { readonly type: string }[]
  }) => boolean,
): void {
  fc.assert(
    fc.property(steps, (all) => {
      const story = new Story()
      return all.every((one) => {
        const before = story.releases
        const { events } = story.take(one)
        return look({ step: one, before, story, events })
      })
    }),
    { numRuns: 500 },
  )
}

const named = (releases: readonly Release[], { version }: Step) =>
  releases.find((release) => release.version === version)

t.test('replaying the log gives what lives', async () => {
  const byVersion = (releases: readonly Release[]) =>
    JSON.stringify(releases.toSorted((a, b) => (a.version < b.version ? -1 : 1)))
  always(({ story }) => {
    const replayed = story.log.reduce<readonly Release[]>(folded, [])
    return byVersion(replayed) === byVersion(story.releases)
  })
})

t.test('what is asked twice happens once', async () => {
  always(({ step, story }) => {
    const before = JSON.stringify(story.releases)
    const again = story.take(step)
    return again.events.length === 0 && JSON.stringify(story.releases) === before
  })
})

t.test('a step changes the version that it names, and a roll-back one more', async () => {
  always(({ step, before, story, events }) => {
    const others = story.releases.filter(({ version }) => version !== step.version)
    const changed = others.filter((one) => !before.includes(one))
    const mayBe = events.some(({ type }) => type === 'release.rolled_back') ? 1 : 0
    return changed.length <= mayBe && changed.every((one) => one === newestRelease(story.releases))
  })
})

t.test('a run that is over stays so until the next one begins', async () => {
  always(({ step, before, story }) => {
    const was = named(before, step)
    const is = named(story.releases, step)
    if (was === undefined || is === undefined || !isOver(was)) return true
    if (step.word === 'announce') return is.run === was.run + 1 && is.approvals.length === 0
    // That a finished one was bad may show late.
    return is.run === was.run && (is.life.status === was.life.status || step.word === 'rollback')
  })
})

t.test('nobody is counted twice, and nobody who took it back', async () => {
  always(({ step, story, events }) => {
    const people = named(story.releases, step)?.approvals.map(({ by }) => by) ?? []
    if (new Set(people).size !== people.length) return false
    return (
      !events.some(({ type }) => type === 'release.approval_revoked') || !people.includes(step.by)
    )
  })
})

t.test('the newest release is never one that was taken back', async () => {
  always(({ story: { releases } }) => {
    const newest = newestRelease(releases)
    const left = releases.some((release) => !isTakenBack(release))
    return newest === undefined ? !left : !isTakenBack(newest)
  })
})

t.test('two versions run, both of them live, or none beside another', async () => {
  always(({ story: { releases } }) => {
    const versions = runningVersions(releases)
    if (versions === null) return true
    const canary = releases.find(({ version }) => version === versions.canary)!
    const baseline = releases.find(({ version }) => version === versions.baseline)!
    const areLive = !isOver(canary) && !isTakenBack(baseline)
    return areLive && canary !== baseline && approvalsOf(canary).length === canary.approvals.length
  })
})

t.test('the stories are eventful: every event type occurs in them', async (t) => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(steps, (all) => {
      const story = new Story()
      for (const one of all) story.take(one)
      for (const { type } of story.log) seen.add(type)
    }),
    { numRuns: 500, seed: 1 },
  )
  t.same([...seen].toSorted(), Object.keys(releaseEvents).toSorted())
})
