import { BatchHeader, Observation } from '@portcullis/contracts'
import t from 'tap'

import { makeBatchRequests, repeated, routeNames } from './batch-requests.ts'

const Batch = BatchHeader.extend({ observations: Observation.array() })

const NOW = Date.UTC(2026, 10, 23, 10, 0, 0, 500)

function bodyOf(bytes: Buffer): string {
  return bytes.toString().split('\r\n\r\n')[1]!
}

t.test('the bodies are batches as the contract has them, each another one', async (t) => {
  const plan = { service: 'shop', routes: routeNames(50, 'orders'), observations: 1_000 }
  const [one, other] = makeBatchRequests(repeated(2, plan), 'token', 1)
  const batch = Batch.parse(JSON.parse(bodyOf(one!.bytes)))
  t.equal(batch.observations.length, 1_000)
  t.equal(new Set(batch.observations.map(({ route }) => route)).size, 50)
  t.not(bodyOf(one!.bytes).split('observations')[1], bodyOf(other!.bytes).split('observations')[1])
})

t.test('a stamp gives the batch an id that no other has', async (t) => {
  const plan = { service: 'shop', routes: ['GET /a'], observations: 1 }
  const requests = makeBatchRequests(repeated(3, plan), 'token', 1)
  const ids = requests.flatMap(({ bytes, stamp }) =>
    Array.from({ length: 300 }, () => {
      const id = stamp(NOW)
      t.equal(Batch.parse(JSON.parse(bodyOf(bytes))).batch_id, id)
      return id
    }),
  )
  t.equal(new Set(ids).size, 900)
  t.match(ids[0], /^[0-9a-f]{8}-0000-4000-8000-[0-9a-f]{12}$/)
})

t.test(
  'a stamp has all observations happen in the second before, each at its millisecond',
  async (t) => {
    const plan = { service: 'shop', routes: ['GET /a'], observations: 100 }
    const [request] = makeBatchRequests([plan], 'token', 1)
    for (const now of [NOW, NOW + 200, NOW + 70_000]) {
      request!.stamp(now)
      const { observations } = Batch.parse(JSON.parse(bodyOf(request!.bytes)))
      const instants = observations.map(({ at }) => Date.parse(String(at)))
      const second = now - (now % 1_000) - 1_000
      t.ok(instants.every((at) => at >= second && at < second + 1_000))
      t.ok(new Set(instants).size > 80)
    }
  },
)

t.test('healthy traffic raises no alarm, and half of what fails does', async (t) => {
  const plan = {
    service: 'shop',
    routes: ['GET /good', 'GET /bad'],
    failing: ['GET /bad'],
    observations: 2_000,
  }
  const [request] = makeBatchRequests([plan], 'token', 1)
  const { observations } = Batch.parse(JSON.parse(bodyOf(request!.bytes)))
  const errors = (route: string): number =>
    observations.filter((one) => one.route === route && one.status >= 500).length
  t.equal(errors('GET /good'), 0)
  t.ok(errors('GET /bad') > 400 && errors('GET /bad') < 600)
  t.ok(observations.every(({ duration_ms }) => duration_ms <= 200))
})
