import type { StreamId } from '@portcullis/contracts'
import t from 'tap'

import { incidentOfStream } from './stream.ts'

const ID = '0197b6a3-51f2-8c4e-9d3a-6f0c8b1a2e4d'

t.test('a stream names its incident, and other streams name none', async (t) => {
  t.equal(incidentOfStream(`incident-${ID}` as StreamId), ID)
  t.equal(incidentOfStream(`alarm-${ID}` as StreamId), null)
})
