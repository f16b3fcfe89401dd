import { BatchHeader, Observation } from '@portcullis/contracts'
import t from 'tap'

import { Marker, type SeenVerdict } from './marker.ts'

const AT = Date.UTC(2026, 10, 23, 10, 0, 5)

function verdict(samples: number, asOf: number): SeenVerdict {
  const evidence = { err_rate_1m: 100, samples_1m: samples }
  return {
    as_of: new Date(asOf).toISOString(),
    violations: [
      { route: 'GET /other', evidence: { samples_1m: 9_999 } },
      { route: 'GET /marker', evidence },
      { route: 'GET /marker', evidence: { status: 'open' } },
    ],
  }
}

function newMarker(): Marker {
  return new Marker('shop', 'GET /marker')
}

t.test('a verdict contains a marker when it has all of its samples', async (t) => {
  const marker = newMarker()
  marker.batch('a', AT)
  t.ok(marker.isWholeIn(verdict(10, AT + 100)))
  marker.batch('b', AT + 1_000)
  t.notOk(marker.isWholeIn(verdict(10, AT + 1_100)))
  t.ok(marker.isWholeIn(verdict(20, AT + 1_100)))
  t.notOk(marker.isWholeIn({ as_of: new Date(AT).toISOString(), violations: [] }))
})

t.test('what has left the window as of the verdict is not expected', async (t) => {
  const marker = newMarker()
  marker.batch('a', AT)
  marker.batch('b', AT + 10_000)
  t.notOk(marker.isWholeIn(verdict(10, AT + 50_000)), 'six buckets hold both')
  t.ok(marker.isWholeIn(verdict(10, AT + 55_000)), 'the bucket of the first is the seventh')
})

t.test('a marker is a batch as the contract has it', async (t) => {
  const { body } = newMarker().batch('a', AT)
  const batch = BatchHeader.extend({ observations: Observation.array() }).parse(JSON.parse(body))
  t.match(batch, { batch_id: 'a', service: 'shop' })
  t.equal(batch.observations.length, 10)
})
