import { type EventType, eventSchemas } from '@portcullis/contracts'
import t from 'tap'

import { golden } from './fixtures.ts'
import { createUpcasting, upcasting } from './upcast.ts'

interface StoredEvent {
  readonly type: EventType
  readonly version: number
  /** The stored text. */
  readonly data: string
}

const stored = golden<StoredEvent>('stored-events')

t.test(
  'every version of every event type that was ever written has a golden payload',
  async (t) => {
    const known = stored.map(({ type, version }) => `${type} ${version}`)
    const expected = (Object.keys(eventSchemas) as EventType[]).flatMap((type) =>
      Array.from({ length: upcasting.newestVersion(type) }, (_, index) => `${type} ${index + 1}`),
    )
    t.same(known.toSorted(), expected.toSorted())
  },
)

t.test('every golden payload is read as its type is today', async (t) => {
  for (const { type, version, data } of stored) {
    const upcast = upcasting.upcast(type, version, JSON.parse(data))
    const parsed = eventSchemas[type].safeParse(upcast)
    t.ok(parsed.success, `${type} ${version}`)
    t.same(parsed.data, upcast, `${type} ${version}: nothing is added or left out`)
  }
})

const chained = createUpcasting([
  { type: 'alarm.no_data', from: 1, upcast: (data) => ({ ...(data as object), second: true }) },
  { type: 'alarm.no_data', from: 2, upcast: (data) => ({ ...(data as object), third: true }) },
])

t.test('an old event goes through every upcaster from its version on', async (t) => {
  t.equal(chained.newestVersion('alarm.no_data'), 3)
  t.same(chained.upcast('alarm.no_data', 1, { at: 1 }), { at: 1, second: true, third: true })
  t.same(chained.upcast('alarm.no_data', 2, { at: 1 }), { at: 1, third: true })
})

t.test('an event of the newest version is handed on as it is', async (t) => {
  const data = { at: 1 }
  t.equal(chained.upcast('alarm.no_data', 3, data), data)
  t.equal(chained.newestVersion('alarm.cleared'), 1)
})

t.test('an upcaster leaves the stored data alone', async (t) => {
  const data = Object.freeze({ at: 1 })
  chained.upcast('alarm.no_data', 1, data)
  t.same(data, { at: 1 })
})

t.test('what a newer version wrote is refused', async (t) => {
  const refused = { message: /cannot read/u }
  t.throws(() => chained.upcast('alarm.no_data', 4, {}), refused)
  t.throws(() => chained.upcast('alarm.no_data', 0, {}), refused)
  t.throws(() => chained.upcast('alarm.rung', 1, {}), refused)
})

t.test('a chain with a gap is refused', async (t) => {
  const upcast = (data: unknown): unknown => data
  t.throws(() => createUpcasting([{ type: 'alarm.no_data', from: 2, upcast }]), {
    message: /version 2 where 1 is due/u,
  })
})
