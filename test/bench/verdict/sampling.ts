import { setTimeout as delay } from 'node:timers/promises'

import type pg from 'pg'

import { commitMarker } from '../product/marked-batch.ts'
import type { Product } from '../product/start-product.ts'
import type { Marker, SeenVerdict } from '../traffic/marker.ts'
import { askGuard, questions } from './questions.ts'

const PAUSE_MS = 500

/**
 * Runs `work`, and beside it samples answers: commits a marked batch, then asks one of the questions
 * in turn. Throws when an answer does not contain what was committed before it was asked for.
 */
export async function withSamples<Result>(
  means: { product: Product; database: pg.Client; marker: Marker },
  work: Promise<Result>,
): Promise<Result> {
  let isOver = false
  const over = work.finally(() => {
    isOver = true
  })
  const sampling = async (): Promise<void> => {
    for (let nth = 0; nth === 0 || !isOver; nth += 1) {
      await commitMarker(means.product, means.database, means.marker)
      await sample(means.product, means.marker, nth)
      await delay(PAUSE_MS)
    }
  }
  const [result] = await Promise.all([over, sampling()])
  return result
}

async function sample(product: Product, marker: Marker, nth: number): Promise<void> {
  const question = questions[nth % questions.length]!
  const { body } = await askGuard(product, question)
  const text = Buffer.from(body).toString()
  if (marker.isWholeIn(JSON.parse(text) as SeenVerdict)) return
  throw new Error(`${question.path} does not contain a batch committed before: ${text}`)
}
