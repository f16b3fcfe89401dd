import { MINUTE_MS, SECOND_MS } from '@portcullis/contracts'

import { gatewayAt, type GatewayOptions, type Incident } from '../portcullis/gateway.ts'
import { PAYMENTS_VERSION, type Shop } from '../shop/open-shop.ts'
import { askAsPipeline } from './ask-pipeline.ts'
import type { Narrator } from './narrator.ts'
import { createWatch, figuresText, type Sight, type Watch } from './watch.ts'

/** What the story is made of. */
export interface StoryParts {
  readonly gateway: GatewayOptions
  readonly shop: Shop
  readonly narrator: Narrator
  /** How long an incident may wait for somebody before it escalates, at most. */
  readonly ackMsMax: number
  readonly signal: AbortSignal
}

/** The route that breaks, and how many requests of it are wanted first. */
const ROUTE = 'POST /payments'
const SAMPLES_MIN = 50

const LOOK_AROUND_MS = 60 * SECOND_MS
/** The last minute has to slide past what went wrong. */
const HEAL_MS = 2 * MINUTE_MS

/**
 * Tells the story of one bad release, and sees to it that it happens: the gate is up, comes down
 * with a reason, stays down when somebody has only taken over, and goes up when the route is mended.
 * Throws what did not come.
 */
export async function tellStory(parts: StoryParts): Promise<void> {
  const { narrator, shop, signal } = parts
  const gateway = gatewayAt(parts.gateway)
  const watch = createWatch(gateway, { narrator, route: ROUTE, signal })

  const sound = await watch.until((sight) => samplesOf(sight) >= SAMPLES_MIN && isPass(sight), {
    what: 'A first minute in which all is well',
    withinMs: LOOK_AROUND_MS,
  })
  tellShop(narrator, sound)
  await pipelineAsks(parts, 'pass')

  narrator.tell('release', `payments ${PAYMENTS_VERSION.broken} goes out, with a bug`, 'bad')
  await shop.deployPayments(PAYMENTS_VERSION.broken)
  await trouble(watch)
  await watch.until((sight) => openOnes(sight).some(isEscalated), {
    what: 'An escalation',
    withinMs: parts.ackMsMax + LOOK_AROUND_MS,
  })
  await pipelineAsks(parts, 'fail')

  const takenOver = await watch.until(isFailForRoute, seconds('The reason', LOOK_AROUND_MS))
  const reason = `Payments ${PAYMENTS_VERSION.broken} fails: rolling back.`
  for (const { id } of openOnes(takenOver)) await gateway.acknowledge(id, reason)
  narrator.tell('on-call', `takes over: "${reason}"`)
  // What is acknowledged does not block any more; the route still does.
  await watch.until((sight) => openOnes(sight).every(({ severity }) => severity === 'warning'), {
    what: 'An incident that somebody took over',
    withinMs: LOOK_AROUND_MS,
  })
  await watch.until(isFailForRoute, seconds('The reason', LOOK_AROUND_MS))

  narrator.tell('release', `payments ${PAYMENTS_VERSION.sound} comes back`, 'good')
  await shop.deployPayments(PAYMENTS_VERSION.sound)
  narrator.tell('guard', 'waits until the last minute shows that it is mended')
  await watch.until(isPass, seconds('A gate that is up again', HEAL_MS))
  await pipelineAsks(parts, 'pass')
  const [first] = takenOver.incidents.toReversed()
  if (first !== undefined) await tellTimeline(parts, first)
}

async function trouble(watch: Watch): Promise<void> {
  const about = (each: { route: string }): boolean => each.route === ROUTE
  await watch.until(({ alarms }) => alarms.some(about), seconds('An alarm', LOOK_AROUND_MS))
  await watch.until(
    ({ incidents }) => incidents.some(about),
    seconds('An incident', LOOK_AROUND_MS),
  )
  await watch.until(isFailForRoute, seconds('A gate that is down', LOOK_AROUND_MS))
}

function tellShop(narrator: Narrator, { figures }: Sight): void {
  const count = figures.reduce((sum, { windows }) => sum + windows['1m'].count, 0)
  narrator.tell('samples', `${count} requests on ${figures.length} routes are counted`)
  const found = figures.find(({ route }) => route === ROUTE)
  if (found !== undefined) narrator.tell('samples', figuresText(found))
}

/** Lets the pipeline ask, and holds its answer to what the story says. */
async function pipelineAsks(
  { gateway, narrator }: StoryParts,
  expected: 'pass' | 'fail',
): Promise<void> {
  narrator.tell('pipeline', 'may I release?  $ portcullis guard')
  const { lines, exit } = await askAsPipeline(gateway, narrator.isColoured)
  narrator.quote(['', ...lines, ''])
  const wanted = expected === 'pass' ? 0 : 1
  narrator.tell('pipeline', `exit code ${exit}: it ${exit === 0 ? 'releases' : 'does not release'}`)
  if (exit !== wanted) throw new Error(`The pipeline expected exit code ${wanted}, not ${exit}.`)
}

/** Shows what the log keeps of an incident. */
async function tellTimeline({ gateway, narrator }: StoryParts, incident: Incident): Promise<void> {
  const entries = await gatewayAt(gateway).timeline(incident.id)
  narrator.tell('log', `keeps it all. ${incident.incident_key}:`)
  const lines = entries.toReversed().map(({ at, type, who, via, note }) => {
    const said = note === null ? '' : `  "${note}"`
    return `${at.slice(11, 23)}  ${type.padEnd(24)}  ${who.name} (${via})${said}`
  })
  narrator.quote(['', ...lines, ''])
}

function samplesOf({ figures }: Sight): number {
  return figures.find(({ route }) => route === ROUTE)?.windows['1m'].count ?? 0
}

function isPass({ verdict }: Sight): boolean {
  return verdict.outcome === 'pass'
}

/** Blocked for what the route does, whatever the incidents are. */
function isFailForRoute({ verdict: { outcome, violations } }: Sight): boolean {
  const isAbout = violations.some((each) => each.route === ROUTE && each.reason !== 'incident_open')
  return outcome === 'fail' && isAbout
}

function openOnes({ incidents }: Sight): readonly Incident[] {
  return incidents.filter(({ status }) => status === 'open')
}

function isEscalated({ escalation_level: level }: Incident): boolean {
  return level >= 1
}

function seconds(what: string, withinMs: number) {
  return { what, withinMs }
}
