import t from 'tap'

import { keepBeating } from './keep-beating.ts'
import { createLifecycle } from './lifecycle.ts'
import { createLogger } from './logger.ts'

/** A heart that beats until its life closes; `end` is what it does then. */
async function closeOf(end: () => Promise<void>) {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  const log = createLogger({ service: 'test', instance: 'test', level: 'warn', destination })
  const lifecycle = createLifecycle({ log })
  let beats = 0
  const beat = async () => void (beats += 1)
  keepBeating({ lifecycle, log }, { everyMs: 60_000, beat, end })
  return { isClean: await lifecycle.close('test'), beats, lines }
}

t.test('a heart beats at once, and tells its end', async (t) => {
  let isTold = false
  const { isClean, beats } = await closeOf(async () => void (isTold = true))
  t.ok(isClean)
  t.equal(beats, 1)
  t.ok(isTold)
})

t.test('an end that cannot be told is a clean end', async (t) => {
  const { isClean, lines } = await closeOf(() => Promise.reject(new Error('the store is away')))
  t.ok(isClean)
  t.match(lines, [/the end could not be told/u])
})
