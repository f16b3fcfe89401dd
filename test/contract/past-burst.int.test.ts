import t from 'tap'

import { openIncident, type ShownProblem } from './product/incidents.ts'
import { settledAt } from './product/past.ts'
import { startProduct } from './product/start-product.ts'
import { report } from './product/traffic.ts'
import { askGuard } from './product/verdicts.ts'

// Goal: many questions about the past at once hold up no question about the present, and each of them is answered, or told
// when to come back. Method: two hundred at once, and the guard is asked meanwhile; answers are held to /openapi.json.

const BURST = 200

t.test('a burst of questions about the past', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  for (const service of ['shop', 'billing'])
    await report(product, { service, requests: [{ count: 50 }] })
  const { id } = await openIncident(product)
  const at = await settledAt(product)
  const urls = [
    `/ops/release-guard?at=${at}&environment=staging`,
    `/ops/metrics?at=${at}`,
    `/ops/slo?at=${at}`,
    `/ops/incidents/${id}?at=${at}`,
  ]
  let left = BURST
  const burst = Array.from({ length: BURST }, async (_, nth) => {
    const answer = await product.ask<ShownProblem>({ url: urls[nth % urls.length]! })
    left -= 1
    return answer
  })
  for (let nth = 0; nth < 3; nth += 1) {
    t.equal((await askGuard(product, '?environment=staging')).status, 200)
    t.ok(left > 0, `the present is told while ${left} wait`)
  }
  const answers = await Promise.all(burst)
  const answered = answers.filter(({ status }) => status === 200)
  const refused = answers.filter(({ status }) => status === 429)
  t.equal(answered.length + refused.length, BURST, 'nothing else became of one')
  t.ok(
    answered.length >= 34,
    `${answered.length} were answered: two at once, and those that may wait`,
  )
  t.ok(refused.length > 0)
  for (const { headers, body } of refused) {
    t.match(body, { code: 'RATE_LIMIT_EXCEEDED', detail: /about the past/u })
    t.match(headers['retry-after'], /^[1-9]\d*$/u)
  }
  for (const url of urls)
    t.equal((await product.ask({ url })).status, 200, 'and then there is room')
})
