import { type Bench, type BenchContext, type Measured, sized } from '../bench.ts'
import { type Child, startChild } from '../children/start-child.ts'
import { medianOfRounds } from '../rounds.ts'
import type { LoadProcess } from './load-process.ts'
import type { ApplicationProcess } from './server-process.ts'

const CONNECTIONS = 16
const SLICE_MS = 2_000
const SLICE_MS_QUICK = 700
const APPLICATION = new URL('server-process.ts', import.meta.url)

/** An application that runs, with or without the hook. */
interface Application {
  readonly child: Child<ApplicationProcess>
  readonly port: number
}

interface Slice {
  readonly requests: number
  readonly cpuUs: number
  readonly wallUs: number
}

/**
 * What the Fastify hook costs: the processor time of an application's whole process per request,
 * with the hook less without it. All threads count, so that folding, sending and compressing in the
 * background are in it; the wall clock would also measure the machine's other work.
 */
export const clientBench: Bench = {
  name: 'client',
  measures: 'processor time that the Fastify hook adds to a request, its sending included',
  targets: [{ key: 'added_us', bound: 'at most', limit: 5 }],
  run,
}

async function run(context: BenchContext): Promise<Measured> {
  const { scope } = context
  const load = startChild<LoadProcess>(scope, new URL('load-process.ts', import.meta.url))
  const gateway = await load.call('startGateway', undefined)
  const bare = await startApplication(context, undefined)
  const hooked = await startApplication(context, `http://127.0.0.1:${gateway}`)
  const durationMs = sized(context, SLICE_MS, SLICE_MS_QUICK)
  let toHooked = 0
  const measure = async ({ child, port }: Application): Promise<Slice> => {
    const before = await child.call('spent', undefined)
    const requests = await load.call('ask', { port, connections: CONNECTIONS, durationMs })
    const after = await child.call('spent', undefined)
    if (port === hooked.port) toHooked += requests
    return { requests, cpuUs: after.cpuUs - before.cpuUs, wallUs: after.wallUs - before.wallUs }
  }
  // The first slices find the code cold.
  for (const application of [bare, hooked]) await measure(application)
  const medians = await medianOfRounds(context, async () => {
    // In this order a drift of the machine's speed falls on both alike.
    const slices = [bare, hooked, hooked, bare].map((application) => () => measure(application))
    const [first, second, third, fourth] = await inTurn(slices)
    const without = perRequest(first!, fourth!)
    const withHook = perRequest(second!, third!)
    return {
      bare_us: without.cpuUs,
      added_us: withHook.cpuUs - without.cpuUs,
      added_wall_us: withHook.wallUs - without.wallUs,
    }
  })
  await check(hooked, load, toHooked)
  return { figures: { added_us: medians.added_us }, postgres: null }
}

async function startApplication(
  { scope }: BenchContext,
  gatewayUrl: string | undefined,
): Promise<Application> {
  const child = startChild<ApplicationProcess>(scope, APPLICATION)
  return { child, port: await child.call('start', { gatewayUrl }) }
}

async function inTurn<Result>(work: readonly (() => Promise<Result>)[]): Promise<Result[]> {
  const results: Result[] = []
  for (const each of work) results.push(await each())
  return results
}

function perRequest(a: Slice, b: Slice): { cpuUs: number; wallUs: number } {
  const requests = a.requests + b.requests
  return { cpuUs: (a.cpuUs + b.cpuUs) / requests, wallUs: (a.wallUs + b.wallUs) / requests }
}

/** A hook that forgets requests would be cheap. */
async function check(
  { child }: Application,
  load: Child<LoadProcess>,
  requests: number,
): Promise<void> {
  const accepted = await child.call('accepted', undefined)
  const counted = await load.call('countedByGateway', undefined)
  if (accepted !== requests || counted !== requests) {
    throw new Error(`Of ${requests} requests the gateway got ${counted}, and accepted ${accepted}.`)
  }
}
