import t from 'tap'

import { createLane, type Lane } from './lane.ts'

function laneOf(options: { places?: number; patienceMs?: number } = {}) {
  const errors: unknown[] = []
  const lane = createLane({
    places: 2,
    patienceMs: 60_000,
    onError: (error) => void errors.push(error),
    ...options,
  })
  return { lane, errors }
}

/** Takes a place and works in it until the returned function is called. */
async function occupy(lane: Lane): Promise<() => void> {
  const work = Promise.withResolvers<void>()
  await lane.take(1)
  lane.run(() => work.promise)
  return work.resolve
}

t.test('no more is under way than there are places; who waits gets the next', async (t) => {
  const { lane } = laneOf()
  const endFirst = await occupy(lane)
  const endSecond = await occupy(lane)
  let isTaken = false
  const third = lane.take(1).then((taken) => (isTaken = taken))
  await new Promise(setImmediate)
  t.equal(isTaken, false)
  endFirst()
  t.equal(await third, true)
  lane.giveBack(1)
  endSecond()
  await lane.whenIdle()
})

t.test('a lane in which nothing ends is stuck, until something ends', async (t) => {
  const { lane } = laneOf({ patienceMs: 5 })
  const end = await occupy(lane)
  await occupy(lane)
  t.equal(await lane.take(1), false)
  t.equal(lane.isClosed(), true)
  end()
  await new Promise(setImmediate)
  t.equal(lane.isClosed(), false)
  t.equal(await lane.take(1), true)
})

t.test('a lane that pauses is closed, for who waits too, and open again afterwards', async (t) => {
  t.clock.enter()
  const { lane } = laneOf()
  await occupy(lane)
  await occupy(lane)
  const waiting = lane.take(1)
  lane.pause(5_000)
  lane.pause(2_000)
  t.equal(await waiting, false)
  t.clock.advance(4_999)
  t.equal(lane.isClosed(), true)
  t.clock.advance(1)
  t.equal(lane.isClosed(), false)
  t.clock.exit()
})

t.test('work that throws gives its place back, and is told of', async (t) => {
  const { lane, errors } = laneOf()
  const error = new Error('a bug')
  t.equal(await lane.take(2), true)
  lane.run(() => Promise.reject(error))
  lane.giveBack(1)
  await lane.whenIdle()
  t.same(errors, [error])
})
