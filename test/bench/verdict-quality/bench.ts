import { type Bench, type BenchContext, sized } from '../bench.ts'
import { writeQualityPage } from './page.ts'
import { contestOf } from './score/contest.ts'
import { allReleases, runAll, type Seeds } from './score/run-all.ts'

/** Of every family and rate: twice as many releases, because two ranges of seeds are run. */
const SEEDS = 24
const QUICK_SEEDS = 1

/** The other range begins so much later. */
const OTHER_RANGE = 1_000

/** Whether verdicts are right: simulated releases before the product's rules and before those of its peers. */
export const verdictQualityBench: Bench = {
  name: 'verdict-quality',
  measures: 'false blocks, missed releases and the time to a block, of simulated releases',
  targets: [
    { key: 'false_blocks_pct', bound: 'at most', limit: 1 },
    { key: 'time_ratio', bound: 'at most', limit: 0.5 },
    { key: 'missed_ratio', bound: 'at most', limit: 0.1 },
  ],
  run: async (context) => {
    const ranges = rangesOf(context)
    const keys = ranges.flatMap((range) => allReleases(range))
    const tell = Math.ceil(keys.length / 20)
    const results = await runAll(keys, (done) => {
      if (done % tell === 0) context.say(`${done} of ${keys.length} releases`)
    })
    if (!context.isQuick && isByDefault(context)) await writeQualityPage(results, ranges)
    const { falseBlocks, timeRatio, missedRatio } = contestOf(results)
    const figures = {
      false_blocks_pct: 100 * falseBlocks,
      time_ratio: timeRatio,
      missed_ratio: missedRatio,
    }
    return { figures, postgres: null }
  },
}

function rangesOf(context: BenchContext): Seeds[] {
  const { count = sized(context, SEEDS, QUICK_SEEDS), first = 0 } = context.seeds
  return [first, first + OTHER_RANGE].map((begin) => ({ first: begin, count }))
}

/** Tables of other seeds are for whoever asked for them. */
function isByDefault({ seeds }: BenchContext): boolean {
  return seeds.count === undefined && seeds.first === undefined
}
