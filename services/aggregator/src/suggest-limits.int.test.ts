// Goal: limits that are suggested block as seldom as is wanted, by the guard's own judgement. Method: hours of traffic with two
// troubles on a clock of the test's own; the suggested limits are tried as a policy by a backtest, and so are the next
// smaller ones.
import {
  DAY_MS,
  DEFAULT_ENVIRONMENT,
  DEFAULT_PROJECT,
  type EpochMs,
  HOUR_MS,
  MINUTE_MS,
  plusMs,
  type PolicyVersion,
  SECOND_MS,
  type ServiceName,
} from '@portcullis/contracts'
import {
  appliedPolicyOf,
  DEFAULT_ALARM_RULES,
  DEFAULT_GUARD_PARAMETERS,
  DEFAULT_SLO_SETTINGS,
  type OpenRule,
  policyKeyOf,
  triedLimitsOf,
} from '@portcullis/domain'
import {
  backtest,
  routeJudgementOf,
  type SuggestAsked,
  suggestLimits,
} from '@portcullis/projections'
import { shardOf } from '@portcullis/queues'
import type { Pool } from 'pg'
import t from 'tap'

import { compactShards } from './compact-shards.ts'
import { createDatabaseOfAnyTime } from './fixtures/database-of-any-time.ts'
import { ALL_SHARDS, batchOf, folderOf, SHARD, SHOP } from './fixtures/shard.ts'

t.setTimeout(300_000)

/** After the moment at which any database was made: the log's time never runs backwards. */
const BEGIN = Date.UTC(2100, 2, 1, 9) as EpochMs
const FROM = plusMs(BEGIN, 20 * MINUTE_MS)
const END = plusMs(FROM, 3 * HOUR_MS)

const shardOfService = (service: ServiceName) => shardOf(DEFAULT_PROJECT, service)
const judgement = routeJudgementOf(DEFAULT_ALARM_RULES, DEFAULT_SLO_SETTINGS)

const RULES: readonly OpenRule[] = [
  { type: 'error_rate', window: '5m' },
  { type: 'latency', window: '5m', percentile: 95 },
]

/** A steady hum of errors; worse for some minutes, and slow for others. */
async function live(pool: Pool, goTo: (instant: number) => Promise<void>): Promise<void> {
  const folder = folderOf(SHARD, pool)
  for (let at = BEGIN; at < END; at = plusMs(at, 20 * SECOND_MS)) {
    await goTo(at + 1_234)
    const minute = Math.floor((at - BEGIN) / MINUTE_MS)
    const isIn = (from: number, to: number): boolean => minute >= from && minute < to
    const errors = isIn(60, 66) ? 20 : minute % 5 === 0 ? 2 : 0
    const durationMs = isIn(120, 127) ? 900 : 90 + (minute % 4) * 10
    await folder.fold([batchOf({ at, requests: 150, errors, durationMs })])
    if (at % (10 * MINUTE_MS) === 0) await compactShards(pool, DEFAULT_PROJECT, ALL_SHARDS)
  }
  await goTo(END)
}

t.test('suggested limits block as seldom as is wanted', async (t) => {
  const { pool, goTo } = await createDatabaseOfAnyTime(t)
  await live(pool, goTo)
  const parts = {
    ...{ pool, project: DEFAULT_PROJECT, judgement, shardOf: shardOfService },
    minutesKeptMs: 400 * DAY_MS,
  }
  const scope = { service: SHOP, environment: DEFAULT_ENVIRONMENT }
  const range = { from: FROM, to: END, stepMs: MINUTE_MS }

  async function suggested(blocks: number, more: Partial<SuggestAsked> = {}) {
    const found = await suggestLimits(parts, { ...scope, ...range, rules: RULES, blocks, ...more })
    if ('rejected' in found) throw new Error(found.rejected)
    return found
  }

  /** Of each rule with a limit, how many verdicts would have failed, and of how many that tell. */
  async function verdictsBy(tried: readonly (readonly [OpenRule, string])[]) {
    const policies = tried.map(([rule, max]) => {
      const document = {
        ...{ apiVersion: 'portcullis.dev/v1', kind: 'ReleasePolicy', metadata: { name: 'tried' } },
        spec: { onUndecided: 'pass', rules: [{ ...rule, max }] },
      }
      const applied = appliedPolicyOf('0'.repeat(64) as PolicyVersion, document as never)
      return new Map([[policyKeyOf(applied), applied]])
    })
    const guard = DEFAULT_GUARD_PARAMETERS
    const found = await backtest(parts, { ...scope, ...range, policies, guard, horizonMs: HOUR_MS })
    if ('rejected' in found) throw new Error(found.rejected)
    return found.trials.map(({ track: { outcomes } }) => {
      return { failed: outcomes.fail, judged: outcomes.fail + outcomes.pass }
    })
  }

  await t.test('by a backtest of them, and the next smaller ones block more', async (t) => {
    for (const blocks of [0, 0.05, 0.2]) {
      const { precision, limits } = await suggested(blocks)
      t.equal(precision, 'exact')
      const chosen = limits.map((one, nth) => [RULES[nth]!, one.suggested!.limit] as const)
      const smaller = chosen.map(([rule, limit]) => {
        const all = triedLimitsOf(rule).limits
        return [rule, all[all.indexOf(limit) - 1]!] as const
      })
      const found = await verdictsBy([...chosen, ...smaller])
      for (const [nth, { suggested: figures, instants, heldBy }] of limits.entries()) {
        const name = `${blocks}: ${RULES[nth]!.type} ${figures!.limit}`
        t.equal(instants, 180)
        const { failed, judged } = figures!
        t.strictSame(
          found[nth],
          { failed, judged },
          `${name}: it is what the guard would have said`,
        )
        t.ok(failed <= blocks * judged, name)
        if (heldBy !== 'blocks') continue
        const less = found[chosen.length + nth]!
        t.ok(less.failed > blocks * less.judged, `${name} is the least`)
      }
    }
  })

  await t.test('the longer a trouble may block, the smaller the limit', async (t) => {
    const texts = async (blocks: number) =>
      (await suggested(blocks)).limits.map((one) => one.suggested?.limit)
    t.strictSame(
      [await texts(0), await texts(0.2)],
      [
        ['12%', '900ms'],
        ['0.29%', '120ms'],
      ],
    )
  })

  await t.test('what never had traffic has no limit', async (t) => {
    const { limits } = await suggested(0.01, { service: 'unknown' as ServiceName })
    for (const one of limits) {
      t.match(one, { instants: 180, silent: 180, suggested: null, why: 'too_little_history' })
    }
  })

  await t.test('a past that is not over, or was before the log, is refused', async (t) => {
    const asked = { ...scope, ...range, rules: RULES, blocks: 0.01 }
    t.match(await suggestLimits(parts, { ...asked, to: plusMs(END, 1) }), { rejected: 'in_future' })
    t.match(await suggestLimits(parts, { ...asked, from: 0 as EpochMs }), {
      rejected: 'before_the_log',
    })
    t.equal((await suggested(0.01, { to: null })).to, END, 'by default it ends with the present')
  })

  await t.test('it ends where nobody waits any more', async (t) => {
    const { limits } = await suggested(0.01, { isWanted: () => false })
    t.match(limits, [{ instants: 0 }, { instants: 0 }])
  })
})
