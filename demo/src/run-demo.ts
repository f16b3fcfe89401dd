import { MINUTE_MS } from '@portcullis/contracts'

import type { DemoArguments } from './demo-arguments.ts'
import { type Page, startPager } from './portcullis/start-pager.ts'
import { type RunningPortcullis, startPortcullis } from './portcullis/start-portcullis.ts'
import { openShop } from './shop/open-shop.ts'
import type { Narrator } from './story/narrator.ts'
import { tellStory } from './story/tell-story.ts'

export interface DemoSurroundings {
  readonly narrator: Narrator
  readonly signal: AbortSignal
  readonly env: Readonly<Record<string, string | undefined>>
}

/** The story is about errors: a machine that is slow today must not tell another one. */
const P95_MS = 2_000

type Close = () => Promise<void>

/** Minutes that a critical incident may wait where nobody set anything (ESC_CRIT_ACK_MIN). */
const ACK_MIN_DEFAULT = 5

/** Starts everything, tells the story, and ends everything again, whatever happens. */
export async function runDemo(
  given: DemoArguments,
  { narrator, signal, env }: DemoSurroundings,
): Promise<void> {
  const closers: Close[] = []
  const url = env['PORTCULLIS_URL'] ?? ''
  narrator.say('A small shop, one bad release, and the gate that comes down.')
  narrator.say()
  try {
    const portcullis =
      url === ''
        ? await ownPortcullis(given, narrator, closers)
        : { url: url.replace(/\/+$/u, ''), token: env['PORTCULLIS_TOKEN'] ?? '' }
    signal.throwIfAborted()
    const environment = given.environment ?? (url === '' ? 'production' : 'demo')
    const gateway = { url: portcullis.url, token: portcullis.token, environment }
    const { visitsPerSecond } = given
    const shop = await openShop({
      portcullisUrl: gateway.url,
      token: gateway.token,
      environment,
      visitsPerSecond,
    })
    closers.push(() => shop.close())
    narrator.tell('shop', `opens: ${shop.services}, each a process of its own`)
    narrator.tell('shop', `${visitsPerSecond} customers a second come in`)
    const ackMin = url === '' ? given.ackMin : Math.max(given.ackMin, ACK_MIN_DEFAULT)
    await tellStory({ gateway, shop, narrator, ackMsMax: ackMin * MINUTE_MS, signal })
    narrator.tell('shop', 'closes; all that was started here ends')
  } finally {
    for (const close of closers.toReversed()) await close()
  }
}

/** Starts a Portcullis with the settings that shorten time, and whoever it pages. */
async function ownPortcullis(
  { ackMin, errPct }: DemoArguments,
  narrator: Narrator,
  closers: Close[],
): Promise<RunningPortcullis> {
  const pager = await startPager((page) => narrator.tell('pager', pageText(page)))
  closers.push(() => pager.close())
  const settings = {
    ESC_CRIT_ACK_MIN: String(ackMin),
    SLO_ERR_PCT: String(errPct),
    SLO_P95_MS: String(P95_MS),
  }
  const portcullis = await startPortcullis({ ...settings, ...pager.settings })
  closers.push(() => portcullis.close())
  const told = Object.entries(settings).map(([name, value]) => `${name}=${value}`)
  narrator.tell('portcullis', `is up: ${portcullis.url} (${told.join(' ')})`)
  return portcullis
}

/** Good news does not wake anybody. */
const GOOD_NEWS = ['incident.acknowledged', 'incident.resolved']

function pageText({ type, data: { incident } }: Page): string {
  const { incident_key: key, severity, escalation_level: level } = incident
  const manner = GOOD_NEWS.includes(type) ? 'is told' : 'rings'
  return `${manner}: ${type}, ${key}, ${severity}${level === 0 ? '' : `, level ${level}`}`
}
