import t from 'tap'

import { logEvidenceNegligible } from './negligible.ts'

const LIMIT = { limit: 0.001, dispersion: 1 }
const SURE = Math.log(20)

t.test('requests without errors show after a while that there are hardly any', async (t) => {
  t.equal(logEvidenceNegligible({ requests: 0, errors: 0 }, LIMIT), 0)
  t.ok(logEvidenceNegligible({ requests: 3_700, errors: 0 }, LIMIT) < SURE)
  t.ok(logEvidenceNegligible({ requests: 3_800, errors: 0 }, LIMIT) > SURE, '3,745 at 95 %')
})

t.test('errors take it back', async (t) => {
  const clean = logEvidenceNegligible({ requests: 5_000, errors: 0 }, LIMIT)
  const one = logEvidenceNegligible({ requests: 5_000, errors: 1 }, LIMIT)
  t.ok(Math.abs(clean - one - Math.log(5)) < 0.01)
  t.ok(logEvidenceNegligible({ requests: 10_000, errors: 10 }, LIMIT) < 0, 'at the limit it falls')
})

t.test('a dispersion makes it slower', async (t) => {
  const given = { requests: 4_000, errors: 0 }
  const once = logEvidenceNegligible(given, LIMIT)
  t.equal(logEvidenceNegligible(given, { ...LIMIT, dispersion: 2 }), once / 2)
})
