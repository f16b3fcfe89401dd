// Goal: whatever was written, a body is below the limit of receivers, and no one's name is in a verdict.
import { DEFAULT_PROJECT, type PolicyName, type PolicyVersion } from '@portcullis/contracts'
import { createDatabase } from '@portcullis/testkit'
import t from 'tap'

import { claimDeliveries } from './deliver.ts'
import { changeVerdict } from './fixtures/change-verdict.ts'
import { openIncidents } from './fixtures/open-incidents.ts'
import { bodyOf, peopleIn, withNamesIn } from './payload.ts'

t.test('the body of an incident is below the limit, whatever was written into it', async (t) => {
  const { pool } = await createDatabase(t)
  const ids = await openIncidents(pool, ['a'], ['log'])
  const [claimed] = await claimDeliveries(pool, DEFAULT_PROJECT, ids)
  const { payload } = claimed!
  t.same(JSON.parse(bodyOf(payload)), payload)
  if (!('incident' in payload.data)) throw new Error('it is about no incident')
  const { data } = payload
  const metadata = { written: 'é'.repeat(20_000) }
  const body = bodyOf({
    ...payload,
    data: { ...data, incident: { ...data.incident, metadata } },
  })
  t.ok(Buffer.byteLength(body) < 20_000)
  t.match(JSON.parse(body), {
    data: { incident: { id: data.incident.id, metadata: {}, truncated: true } },
  })
})

t.test('the body of a verdict is below the limit, however many policies there are', async (t) => {
  const { pool } = await createDatabase(t)
  const policies = Array.from({ length: 200 }, (_, nth) => ({
    ...{ policy: `policy-${nth}` as PolicyName, version: 'ab'.repeat(32) as PolicyVersion },
    ...{ mode: 'enforce', outcome: 'fail', pass: false, passingSince: null, tried: {} },
  })) satisfies Parameters<typeof changeVerdict>[1]['policies']
  const ids = await changeVerdict(pool, { service: 'shop', policies, notify: ['webhook'] })
  const [claimed] = await claimDeliveries(pool, DEFAULT_PROJECT, ids)
  const body = bodyOf(claimed!.payload)
  t.ok(Buffer.byteLength(body) < 20_000)
  t.match(JSON.parse(body), {
    data: { verdict: { service: 'shop', outcome: 'fail', policies: [], truncated: true } },
  })
})

t.test('a verdict speaks of nobody', async (t) => {
  const { pool } = await createDatabase(t)
  const ids = await changeVerdict(pool, { service: 'shop', notify: ['webhook'] })
  const [claimed] = await claimDeliveries(pool, DEFAULT_PROJECT, ids)
  const { payload } = claimed!
  t.strictSame(peopleIn(payload), [])
  t.equal(
    withNamesIn(payload, () => 'somebody'),
    payload,
  )
  t.strictSame(JSON.parse(bodyOf(payload)), payload)
})
