import { waitFor } from '@portcullis/testkit'
import t from 'tap'

import { systemPace } from './pace.ts'

t.test('the pace of the machine is the one that the others imitate', async (t) => {
  const begin = systemPace.elapsedMs()
  await systemPace.pause(2.5)
  t.ok(systemPace.elapsedMs() > begin)
  const limit = systemPace.limit(1.5)
  await waitFor(() => limit.aborted, { what: 'the limit' })
  t.equal(limit.reason.name, 'TimeoutError')
  t.ok(systemPace.share() >= 0 && systemPace.share() <= 1)
})

t.test('what is done every second is done until it is ended', async (t) => {
  let stop = () => {}
  let count = 0
  await new Promise<void>((resolve) => {
    stop = systemPace.everySecond(() => {
      count += 1
      resolve()
    })
  })
  stop()
  t.equal(count, 1, 'and no timer is left, or this test would not end')
})
