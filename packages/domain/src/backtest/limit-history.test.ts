// Goal: a limit that is suggested is the smallest that a history bears, and where there is none it says why. Method: a table of
// histories, and random ones whose every limit is looked at.
import type { Outcome } from '@portcullis/contracts'
import fc from 'fast-check'
import t from 'tap'

import { LimitHistory } from './limit-history.ts'

const LIMITS = ['1%', '2%', '3%', '4%']

/** A letter for each limit, the smallest first; '-' where there was no request. */
type Line = string

const OUTCOMES: Readonly<Record<string, Outcome>> = { p: 'pass', f: 'fail', u: 'undecided' }

function historyOf(lines: readonly (readonly [count: number, line: Line])[]): LimitHistory {
  const history = new LimitHistory(LIMITS)
  for (const [count, line] of lines) {
    const outcomes = line === '-' ? null : [...line].map((letter) => OUTCOMES[letter]!)
    for (let nth = 0; nth < count; nth += 1) history.add(outcomes)
  }
  return history
}

t.test('what is suggested, and why', async (t) => {
  const rows: readonly (readonly [
    lines: readonly (readonly [number, Line])[],
    blocks: number,
    limit: string | null,
    because: string | null,
  ])[] = [
    [[[100, 'pppp']], 0.01, '1%', null],
    [[[99, 'pppp']], 0.01, null, 'too_little_history'],
    [[[1_000, '-']], 0.01, null, 'too_little_history'],
    [[[99, 'pppp'], [1, 'fppp']], 0.01, '1%', null],
    [[[98, 'pppp'], [2, 'fppp']], 0.01, '2%', 'blocks'],
    [[[98, 'pppp'], [2, 'fffp']], 0.01, '4%', 'blocks'],
    [[[98, 'pppp'], [2, 'ffff']], 0.01, null, 'blocks_more'],
    [[[98, 'pppp'], [2, 'ffff']], 0.02, '1%', null],
    [[[100, 'pppp'], [1, 'fppp']], 0, '2%', 'blocks'],
    // Silence is no time in which anything was judged.
    [[[98, 'pppp'], [2, 'fppp'], [900, '-']], 0.01, '2%', 'blocks'],
    // What cannot be told is none either; but half of the time there must be enough.
    [[[100, 'uppp']], 0.01, '2%', 'traffic'],
    [[[100, 'pppp'], [100, 'uppp']], 0.01, '1%', null],
    [[[100, 'pppp'], [101, 'uppp']], 0.01, '2%', 'traffic'],
    [[[100, 'pppp'], [101, 'uuuu']], 0.01, null, 'too_little_traffic'],
    // A looser limit may be the worse one: then it is not enough that a smaller one is good.
    [[[98, 'pppp'], [2, 'ppfp']], 0.01, '4%', 'blocks'],
  ] // prettier-ignore
  for (const [lines, blocks, limit, because] of rows) {
    const { suggested, why, heldBy } = historyOf(lines).suggestion(blocks)
    t.strictSame([suggested?.limit ?? null, why ?? heldBy], [limit, because], String(lines))
  }
})

t.test('what is told beside it', async (t) => {
  const history = historyOf([
    [120, 'ffpp'],
    [60, 'pppp'],
    [19, 'uupp'],
    [1, 'fffp'],
    [50, '-'],
  ])
  t.strictSame(history.suggestion(0.01), {
    instants: 250,
    silent: 50,
    suggested: { limit: '3%', judged: 200, failed: 1, undecided: 0 },
    why: null,
    heldBy: 'blocks',
    median: '3%',
    worst: '4%',
  })
  t.match(history.suggestion(0.7), {
    suggested: { limit: '1%', judged: 181, failed: 121, undecided: 19 },
    heldBy: null,
  })
})

t.test(
  'it blocks at most as much as is wanted, and the next smaller limit does not do',
  async () => {
    const outcome = fc.constantFrom<Outcome>('pass', 'fail', 'undecided')
    const one = fc.option(fc.array(outcome, { minLength: 4, maxLength: 4 }))
    const histories = fc.array(fc.tuple(fc.integer({ min: 1, max: 300 }), one), {
      minLength: 1,
      maxLength: 6,
    })
    const blocksMax = fc.constantFrom(0, 0.01, 0.05, 0.3)
    fc.assert(
      fc.property(histories, blocksMax, (parts, blocks) => {
        const history = new LimitHistory(LIMITS)
        for (const [count, outcomes] of parts) {
          for (let nth = 0; nth < count; nth += 1) history.add(outcomes)
        }
        const { suggested, instants, silent } = history.suggestion(blocks)
        const does = (nth: number): boolean => {
          const { judged, failed } = history.figuresAt(nth)
          const isEnough = judged >= 100 && judged >= (instants - silent) / 2
          return isEnough && failed <= blocks * judged
        }
        if (suggested === null) return !does(LIMITS.length - 1)
        const chosen = LIMITS.indexOf(suggested.limit)
        return (
          LIMITS.every((_limit, nth) => nth < chosen || does(nth)) &&
          (chosen === 0 || !does(chosen - 1))
        )
      }),
    )
  },
)
