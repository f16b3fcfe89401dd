import { asOfBench } from './as-of/bench.ts'
import { backtestBench } from './backtest/bench.ts'
import type { Bench } from './bench.ts'
import { budgetsBench } from './budgets/bench.ts'
import { clientBench } from './client/bench.ts'
import { commandsBench } from './commands/bench.ts'
import { freshnessBench } from './freshness/bench.ts'
import { ingestBench } from './ingest/bench.ts'
import { memoryBench } from './memory/bench.ts'
import { pageBench } from './page/bench.ts'
import { replayBench } from './replay/bench.ts'
import { verdictQualityBench } from './verdict-quality/bench.ts'
import { verdictBench } from './verdict/bench.ts'

/** All benches, in the order in which a full run takes them. */
export const benches: readonly Bench[] = [
  verdictBench,
  asOfBench,
  budgetsBench,
  backtestBench,
  ingestBench,
  freshnessBench,
  commandsBench,
  replayBench,
  pageBench,
  memoryBench,
  clientBench,
  verdictQualityBench,
]
