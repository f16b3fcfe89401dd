import { MINUTE_MS } from '@portcullis/contracts'
import { waitFor } from '@portcullis/testkit'
import t from 'tap'

import { startProduct } from './product/start-product.ts'
import { report } from './product/traffic.ts'

// Goal: a route that falls silent resolves nothing, and its alarm says so once it has stood for a
// minute. Method: requests that fail are reported, and then no more; the window slides past them.

t.setTimeout(5 * MINUTE_MS)

interface AlarmAnswer {
  readonly alarms: readonly { status: string; severity: string; incident_status: string | null }[]
}

t.test('an alarm whose route fell silent says so, and stands', async (t) => {
  const product = await startProduct(t, { aggregator: true })
  const alarms = async (query = '') => {
    const { body } = await product.ask<AlarmAnswer>({ url: `/ops/alarms${query}` })
    return body.alarms
  }
  const requests = [
    { count: 9, ms: 10 },
    { count: 1, ms: 10, status: 500 },
  ]
  await report(product, { requests })
  t.ok((await alarms()).every(({ status }) => status === 'raised'))
  const silent = await waitFor(
    async () => {
      const found = await alarms('?status=no_data')
      return found.length === 2 && found
    },
    { what: 'silence', timeoutMs: 4 * MINUTE_MS, pollMs: 200 },
  )
  t.ok(silent.every((alarm) => alarm.incident_status === 'open' && alarm.severity !== ''))
  t.same(await alarms('?status=raised'), [])
  t.equal((await alarms()).length, 2)
})
