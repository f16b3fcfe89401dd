// needs: redis-server
// Goal: guarantees 1 to 5 hold whatever dies whenever. Method: traffic, commands and questions flow
// while seeded disruptions kill, pause and cut processes and servers; at the end everything that
// was accepted is looked for. `npm run chaos -- --seeds 200` has more of the same.
// Seen to catch: a gateway that never settles the numbers of its batches, so that no ledger says what
// Redis lost.
import t from 'tap'

import { BACKENDS } from '../e2e/system/start-system.ts'
import { runChaos } from './run-chaos.ts'

const SEEDS = Array.from({ length: 5 }, (_, nth) => nth + 1)

t.setTimeout(900_000)

for (const backend of BACKENDS) {
  t.test(`with queues in ${backend}`, async (t) => {
    const say = (line: string) => t.comment(line)
    const report = await runChaos(t, { backend, seeds: SEEDS, say })
    t.strictSame(report.violations, [])
    t.ok(report.batches > 0 && report.commands > 0)
  })
}
