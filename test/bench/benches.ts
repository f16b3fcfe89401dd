import type { Bench } from './bench.ts'
import { clientBench } from './client/bench.ts'

/** All benches, in the order in which a full run takes them. */
export const benches: readonly Bench[] = [clientBench]
