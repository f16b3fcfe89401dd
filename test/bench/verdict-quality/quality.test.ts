// Goal: the product's rules block hardly any good release, and the same seed gives the same scores: a change of a rule that
// breaks either shows here, in seconds, and not in a run of the bench. Method: some seeds of the bench itself.
// Seen to catch: evidence that is not divided by its dispersion, bursts among few errors that count one by one.
import t from 'tap'

import { allJudges } from './judges/all-judges.ts'
import { portcullis } from './judges/portcullis.ts'
import { FAMILIES, type Family, ROLLOUTS, STRENGTHS } from './release/families.ts'
import { simulateRelease } from './release/simulate.ts'
import { watchRelease } from './score/watch-release.ts'

/** Seeds of their own: what is measured is not what was tuned by. */
const FIRST = 5_000

/** Bursts are what a rule is misled by most, so that they have more releases. */
function seedsOf({ burst }: Family): number[] {
  const count = burst > 1 ? ROLLOUTS.length * STRENGTHS : ROLLOUTS.length
  // Where nothing is bad its strength does not matter.
  const step = burst > 1 ? 1 : STRENGTHS
  return Array.from({ length: count }, (_, nth) => FIRST + nth * step)
}

/** Of few errors bursts are told otherwise than of many. */
const ratesOf = ({ burst }: Family): number[] => (burst > 1 ? [1, 100] : [1, 10])

t.test('at most one good release of a hundred is blocked', async (t) => {
  const keys = FAMILIES.filter(({ right }) => right === 'pass').flatMap((family) =>
    ratesOf(family).flatMap((rate) =>
      seedsOf(family).map((seed) => ({ family: family.name, rate, seed })),
    ),
  )
  const blocked = keys.filter((key) => watchRelease(key, [portcullis()])[0]!.blockedAfter !== null)
  t.ok(blocked.length <= keys.length / 100, `${JSON.stringify(blocked)} of ${keys.length}`)
})

t.test('a plain defect is blocked within two minutes where there is traffic', async (t) => {
  for (const family of ['error step', 'canary only', 'retry storm', 'latency shift']) {
    // The strongest.
    const key = { family, rate: 100, seed: FIRST + STRENGTHS - 1 }
    const [watched] = watchRelease(key, [portcullis()])
    t.ok(watched!.blockedAfter !== null && watched!.blockedAfter <= 12, JSON.stringify(watched))
    t.ok(watched!.harmed > 0)
  }
})

t.test('the same seed gives the same scores, and another one others', async (t) => {
  const scoresOf = (seed: number) =>
    watchRelease({ family: 'slow ramp', rate: 10, seed }, allJudges())
  const first = scoresOf(1)
  t.same(scoresOf(1), first)
  t.notSame(scoresOf(2), first)
})

t.test('a defect is in nothing but the new version', async (t) => {
  for (const { name } of FAMILIES) {
    for (const { start, batches, harmed } of simulateRelease({ family: name, rate: 1, seed: 0 })) {
      if (harmed !== 0) t.ok(batches.has('1.1.0' as never), `${name} at ${start}`)
    }
  }
})
