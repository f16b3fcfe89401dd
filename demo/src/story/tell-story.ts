import { MINUTE_MS, SECOND_MS } from '@portcullis/contracts'

import {
  type Gateway,
  gatewayAt,
  type GatewayOptions,
  type Incident,
} from '../portcullis/gateway.ts'
import { PAYMENTS_VERSION, type Shop } from '../shop/open-shop.ts'
import { askAsPipeline } from './ask-pipeline.ts'
import type { Narrator } from './narrator.ts'
import { type Awaited, createWatch, figuresText, type Sight, type Watch } from './watch.ts'

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
 * with a reason, stays down when somebody has only taken over, and goes up when the route heals.
 * Throws what did not come.
 */
export async function tellStory(parts: StoryParts): Promise<void> {
  const { narrator, shop, signal } = parts
  const gateway = gatewayAt(parts.gateway)
  const watch = createWatch(gateway, { narrator, route: ROUTE, signal })
  const actors: Actors = { gateway, watch, narrator }

  const sound = await untilPass(actors, (sight) => samplesOf(sight) >= SAMPLES_MIN, {
    what: 'A first minute in which all is well',
    withinMs: LOOK_AROUND_MS,
  })
  tellShop(narrator, sound)
  await pipelineAsks(parts, 'pass')

  narrator.tell('release', `payments ${PAYMENTS_VERSION.broken} goes out, with a bug`, 'bad')
  await shop.deployPayments(PAYMENTS_VERSION.broken)
  await trouble(watch, parts.ackMsMax)
  await pipelineAsks(parts, 'fail')

  const takenOver = await takeOver(actors)
  narrator.tell(
    'release',
    `payments ${PAYMENTS_VERSION.sound} comes back, and is announced`,
    'good',
  )
  await shop.deployPayments(PAYMENTS_VERSION.sound)
  // A new version is known by its first sight; one that comes back was seen before.
  await gateway.announce('payments', PAYMENTS_VERSION.sound)
  narrator.tell('guard', 'waits until the last minute shows that it is mended')
  await untilPass(actors, () => true, { what: 'A gate that is up again', withinMs: HEAL_MS })
  await pipelineAsks(parts, 'pass')
  await tellTimeline(actors, takenOver)
}

interface Actors {
  readonly gateway: Gateway
  readonly watch: Watch
  readonly narrator: Narrator
}

/**
 * Waits until the gate is up. A busy machine may slow the shop down for a moment, which is an
 * incident too: whoever is on call takes it over, so that it does not keep the gate down.
 */
async function untilPass(
  { gateway, watch, narrator }: Actors,
  isEnough: (sight: Sight) => boolean,
  { what, withinMs }: Awaited,
): Promise<Sight> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const leftMs = Math.max(0, deadline - performance.now())
    const isOver = (sight: Sight): boolean => isPass(sight) && isEnough(sight)
    const sight = await watch.until((each) => isOver(each) || criticalOnes(each).length > 0, {
      what,
      withinMs: leftMs,
    })
    if (isOver(sight)) return sight
    for (const { id, incident_key: key } of criticalOnes(sight)) {
      await gateway.acknowledge(id, 'Not of this story: the machine is busy.')
      narrator.tell('on-call', `takes over ${key}: the machine is busy`)
    }
  }
}

/** Waits for all that a bad release leads to while nobody takes over. */
async function trouble(watch: Watch, ackMsMax: number): Promise<void> {
  const about = (each: { route: string }): boolean => each.route === ROUTE
  const soon = { withinMs: LOOK_AROUND_MS }
  await watch.until(({ alarms }) => alarms.some(about), { what: 'An alarm', ...soon })
  await watch.until(({ incidents }) => incidents.some(about), { what: 'An incident', ...soon })
  await watch.until(isFailForRoute, { what: 'A gate that is down', ...soon })
  await watch.until((sight) => openOnes(sight).some((one) => about(one) && isEscalated(one)), {
    what: 'An escalation',
    withinMs: ackMsMax + LOOK_AROUND_MS,
  })
}

/** Lets somebody take over; returns the incident. The gate stays down: the route still fails. */
async function takeOver({ gateway, watch, narrator }: Actors): Promise<Incident> {
  const soon = { withinMs: LOOK_AROUND_MS }
  const sight = await watch.until(isFailForRoute, { what: 'The reason', ...soon })
  const [first] = openOnes(sight).filter(isEscalated)
  if (first === undefined) throw new Error('Nobody was waited for.')
  const reason = `Payments ${PAYMENTS_VERSION.broken} fails: rolling back.`
  for (const { id } of openOnes(sight)) await gateway.acknowledge(id, reason)
  narrator.tell('on-call', `takes over: "${reason}"`)
  await watch.until((each) => each.incidents.some((one) => one.id === first.id && isTaken(one)), {
    what: 'An incident that somebody took over',
    ...soon,
  })
  await watch.until(isFailForRoute, { what: 'The reason', ...soon })
  return first
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
  const { lines, exit } = await askAsPipeline(gateway, narrator.look)
  narrator.quote(['', ...lines, ''])
  const wanted = expected === 'pass' ? 0 : 1
  narrator.tell('pipeline', `exit code ${exit}: it ${exit === 0 ? 'releases' : 'does not release'}`)
  if (exit !== wanted) throw new Error(`The pipeline expected exit code ${wanted}, not ${exit}.`)
}

/** Shows what the log keeps of an incident. */
async function tellTimeline({ gateway, narrator }: Actors, incident: Incident): Promise<void> {
  const entries = await gateway.timeline(incident.id)
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

/** Blocked because a fifth of the route's requests fail, whatever the incidents are. */
function isFailForRoute({ verdict: { outcome, violations } }: Sight): boolean {
  const isAbout = violations.some(
    ({ route, reason }) => route === ROUTE && reason === 'error_rate_critical',
  )
  return outcome === 'fail' && isAbout
}

function openOnes({ incidents }: Sight): readonly Incident[] {
  return incidents.filter(({ status }) => status === 'open')
}

function criticalOnes(sight: Sight): readonly Incident[] {
  return openOnes(sight).filter(({ severity }) => severity === 'critical')
}

function isTaken({ status }: Incident): boolean {
  return status === 'acknowledged'
}

function isEscalated({ escalation_level: level }: Incident): boolean {
  return level >= 1
}
