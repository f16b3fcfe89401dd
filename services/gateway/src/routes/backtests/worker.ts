// A thread of its own for one backtest: it computes for as long as it takes, and the gateway goes on answering.
import { parentPort, workerData } from 'node:worker_threads'

import { MINUTE_MS, type ServiceName } from '@portcullis/contracts'
import { DEFAULT_ALARM_RULES } from '@portcullis/domain'
import { isRetryable, openPool } from '@portcullis/event-log'
import { backtest, routeJudgementOf } from '@portcullis/projections'
import { shardOf } from '@portcullis/queues'

import type { BacktestJob, BacktestMessage } from './job.ts'

/** It computes between two questions to the database; nobody waits for its snapshot. */
const IDLE_MS_MAX = 10 * MINUTE_MS

async function work({ store, asked }: BacktestJob): Promise<BacktestMessage> {
  const { connectionString, project, slo, minutesKeptMs } = store
  const pool = openPool({
    connectionString,
    applicationName: 'portcullis backtest',
    connectionsMax: 1,
    idleInTransactionMsMax: IDLE_MS_MAX,
    // Whoever has the connection hears of it as well.
    onError: () => {},
  })
  const shardOfService = (service: ServiceName) => shardOf(project, service)
  const judgement = routeJudgementOf(DEFAULT_ALARM_RULES, slo)
  try {
    const parts = { pool, project, judgement, shardOf: shardOfService, minutesKeptMs }
    return { found: await backtest(parts, asked) }
  } catch (error) {
    if (!isRetryable(error)) throw error
    return { away: error as Error }
  } finally {
    await pool.end()
  }
}

parentPort?.postMessage(await work(workerData as BacktestJob))
