import t from 'tap'

import { createOutageGate } from './outage-gate.ts'

const DELAYS = { delayMsMin: 100, delayMsMax: 400 }

t.test(
  'a gate is open until a failure, and opens again after pauses that get longer',
  async (t) => {
    t.clock.enter()
    const gate = createOutageGate(DELAYS)
    await gate.pass()
    for (const pauseMs of [100, 200, 400, 400]) {
      gate.noteFailure()
      // Those of the same group fail together: that is one failure.
      gate.noteFailure()
      let passed = false
      const passing = gate.pass().then(() => (passed = true))
      t.clock.advance(pauseMs - 1)
      await Promise.resolve()
      t.equal(passed, false, `still shut just before ${pauseMs} ms`)
      t.clock.advance(1)
      await passing
    }
  },
)

t.test('after a success the first pause is the shortest again', async (t) => {
  t.clock.enter()
  const gate = createOutageGate(DELAYS)
  for (const pauseMs of [100, 200]) {
    gate.noteFailure()
    t.clock.advance(pauseMs)
  }
  gate.noteSuccess()
  gate.noteFailure()
  t.clock.advance(100)
  await gate.pass()
})

t.test('a released gate lets all go and stays open', async (t) => {
  t.clock.enter()
  const gate = createOutageGate(DELAYS)
  gate.noteFailure()
  const passing = gate.pass()
  gate.release()
  await passing
  gate.noteFailure()
  await gate.pass()
})
