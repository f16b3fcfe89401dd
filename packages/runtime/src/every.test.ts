import t from 'tap'

import { every } from './every.ts'
import { createLogger } from './logger.ts'

const log = createLogger({ service: 'test', instance: 'test', level: 'silent' })

t.test('whoever stops a loop waits for the present step, and not for the rest', async (t) => {
  const begun = Promise.withResolvers<void>()
  const step = Promise.withResolvers<void>()
  let steps = 0
  const loop = every(60_000, { log, name: 'test' }, async (stopping) => {
    while (!stopping.aborted) {
      begun.resolve()
      await step.promise
      steps += 1
    }
  })
  await begun.promise
  const stopped = loop.stop()
  step.resolve()
  await stopped
  t.equal(steps, 1)
})
