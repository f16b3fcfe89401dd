// `npm run chaos -- --seeds 200 --backend redis`: kill points by the hundred. `--first` is the first
// seed, 1 by default; `--away-s 60` leaves servers away for a minute. The last line says how many kill
// points there were and how many violations; it exits with 1 for any.
import { parseArgs } from 'node:util'

import { createScope } from '../bench/scope.ts'
import { type Backend, BACKENDS } from '../e2e/system/start-system.ts'
import { runChaos } from './run-chaos.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    first: { type: 'string', default: '1' },
    'away-s': { type: 'string', default: '0' },
    backend: { type: 'string' },
  },
})
const chosen = BACKENDS.filter((one) => values.backend === undefined || one === values.backend)
const seeds = Array.from({ length: Number(values.seeds) }, (_, nth) => Number(values.first) + nth)

let killPoints = 0
let violations = 0
for (const backend of chosen) violations += await runOn(backend)
console.log(`${killPoints} kill points, ${violations} violations`)
// A run that broke off leaves clients behind that never stop asking.
process.exit(violations === 0 && chosen.length > 0 ? 0 : 1)

async function runOn(backend: Backend): Promise<number> {
  console.log(`Queues in ${backend}`)
  const scope = createScope()
  const found: string[] = []
  try {
    const awayMs = Number(values['away-s']) * 1_000
    const say = (line: string): void => {
      killPoints += 1
      console.log(line)
    }
    const report = await runChaos(scope, { backend, seeds, awayMs, say })
    const { batches, commands, answers } = report
    console.log(JSON.stringify({ batches, commands, answers }))
    found.push(...report.violations)
  } catch (error) {
    found.push(String(error))
  }
  await scope.end().catch((error: unknown) => found.push(textOf(error)))
  for (const violation of found) console.log(violation)
  return found.length
}

function textOf(error: unknown): string {
  return error instanceof AggregateError ? error.errors.map(String).join('\n') : String(error)
}
