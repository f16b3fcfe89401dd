import { InstantInput, LAST_INSTANT } from '@portcullis/contracts'
import fc from 'fast-check'
import t from 'tap'

import { InstantReader } from './instant.ts'

/** The definition: what the schema takes, and what JavaScript makes of it. */
function slowly(input: unknown): number {
  const parsed = InstantInput.safeParse(input)
  if (!parsed.success) return NaN
  return typeof parsed.data === 'number' ? parsed.data : Date.parse(parsed.data)
}

const iso = fc
  .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString())

/** Instants as clients write them, and texts that are nearly instants. */
const inputs = fc.oneof(
  iso,
  iso.map((text) => text.replace(/\.\d+/u, '')),
  iso.map((text) => text.replace('Z', '+02:00')),
  iso.map((text) => text.replace(/\.(\d)\d+/u, '.$1')),
  fc.tuple(iso, fc.nat(25), fc.string({ maxLength: 1 })).map(([text, at, change]) => {
    return text.slice(0, at) + change + text.slice(at + 1)
  }),
  fc.constantFrom(
    '',
    'now',
    '2026-02-30T00:00:00Z',
    '2026-01-05T09:00:60Z',
    '2026-01-05T24:00:00Z',
    '0000-01-01T00:00:00Z',
    '1969-12-31T23:59:59.999Z',
    '1970-01-01T00:59:59+01:00',
    '9999-12-30T23:59:59.999Z',
    '9999-12-31T00:00:00Z',
    '9999-12-30T23:59:59-00:01',
    LAST_INSTANT,
    LAST_INSTANT + 1,
  ),
  fc.oneof(fc.integer(), fc.double(), fc.boolean(), fc.constant(null), fc.object()),
)

t.test('a reader takes what the schema takes, and nothing else', async () => {
  fc.assert(
    fc.property(fc.array(inputs, { maxLength: 20 }), (batch) => {
      const reader = new InstantReader()
      return batch.every((input) => Object.is(reader.read(input), slowly(input)))
    }),
    { numRuns: 3_000 },
  )
})

t.test('the minute that is known again gives the same instants', async (t) => {
  const reader = new InstantReader()
  for (const text of ['2026-01-05T09:00:00Z', '2026-01-05T09:00:59.999Z', '2026-01-05T09:00:07Z']) {
    t.equal(reader.read(text), Date.parse(text))
  }
  for (const text of ['2026-01-05T09:00:60Z', '2026-01-05T09:00:0xZ', '2026-01-05T09:00:00,123Z']) {
    t.ok(Number.isNaN(reader.read(text)), text)
  }
})
