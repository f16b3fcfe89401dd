import type { IncidentId, StreamId } from '@portcullis/contracts'
import t from 'tap'

import { incidentOfStream, incidentStreamOf } from './stream.ts'

const ID = '0197b6a3-51f2-8c4e-9d3a-6f0c8b1a2e4d' as IncidentId

t.test('an incident and its stream name each other', async (t) => {
  t.equal(incidentStreamOf(ID), `incident-${ID}`)
  t.equal(incidentOfStream(incidentStreamOf(ID)), ID)
})

t.test('other streams hold no incident', async (t) => {
  t.equal(incidentOfStream(`alarm-${ID}` as StreamId), null)
})
