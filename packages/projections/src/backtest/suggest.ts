import type { EnvironmentName, EpochMs, ServiceName } from '@portcullis/contracts'
import { plusMs } from '@portcullis/contracts'
import { LimitHistory, type OpenRule, type SuggestedLimit, triedLimitsOf } from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'

import { createTurns, inTurns } from '../in-turns.ts'
import { cellsOverIn } from '../live/governance.ts'
import type { NoPast } from '../past/log-then.ts'
import type { PastParts } from '../past/past-view.ts'
import { inForwardRange } from './forward-range.ts'
import { type ForwardRange, ForwardViews } from './forward-views.ts'

/** For which rules limits are wanted, and made of which past. */
export interface SuggestAsked {
  readonly service: ServiceName
  readonly environment: EnvironmentName
  readonly from: EpochMs
  /** The end, at which nothing is judged; null: the present of the database. */
  readonly to: EpochMs | null
  /** From one instant that is judged to the next. */
  readonly stepMs: number
  readonly rules: readonly OpenRule[]
  /** In which share of the judged instants a rule may block, 0 to 1. */
  readonly blocks: number
  /** Once nobody waits for the answer any more, what was found by then is returned. */
  readonly isWanted?: () => boolean
}

/** Limits that a past suggests. */
export interface SuggestedLimits {
  readonly precision: ForwardRange['precision']
  readonly to: EpochMs
  /** In the order of the rules. */
  readonly limits: readonly SuggestedLimit[]
}

/**
 * Goes through the past, has each rule judge with every limit that is tried what was known at one instant after another, and
 * suggests limits by that. Other work of the process has its turns meanwhile.
 */
export async function suggestLimits(
  parts: PastParts,
  asked: SuggestAsked,
): Promise<SuggestedLimits | NoPast> {
  return inForwardRange(parts, asked, (tx, range) => run(tx, parts, { asked, range }))
}

async function run(
  tx: Db,
  parts: PastParts,
  { asked, range }: { readonly asked: SuggestAsked; readonly range: ForwardRange },
): Promise<SuggestedLimits> {
  // Between two reads there may be long reckoning, with the turns of others in it.
  await tx.query('set local idle_in_transaction_session_timeout = 0')
  const { stepMs, blocks, isWanted = () => true } = asked
  const tried = asked.rules.map((rule) => {
    const limits = triedLimitsOf(rule)
    return { limits, history: new LimitHistory(limits.limits) }
  })
  // The rules look at what routes did, and at nothing that policies have counted or recorded.
  const looked = { range, policies: [new Map()], limits: null }
  const views = await ForwardViews.open(tx, parts, looked)
  const turns = createTurns()
  for (let at = range.from; at < range.to; at = plusMs(at, stepMs)) {
    if (!isWanted()) break
    await views.advanceTo(at)
    const facts = { cellsOver: cellsOverIn(views.viewOf(views.trials[0]!), asked, at) }
    for (const { limits, history } of tried) {
      history.add(await inTurns(limits.outcomes(facts), turns))
    }
    if (turns.areOver()) await turns.next()
  }
  await views.close()
  return {
    precision: range.precision,
    to: range.to,
    limits: tried.map(({ history }) => history.suggestion(blocks)),
  }
}
