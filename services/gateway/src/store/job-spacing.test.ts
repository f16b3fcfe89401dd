// Goal: however many shards are busy, their jobs together are as many as those of one.
import t from 'tap'

import { createJobSpacing } from './job-spacing.ts'

t.test('each shard that had a job lately widens the distance', async (t) => {
  let nowMs = 1_000
  const spacing = createJobSpacing(4, () => nowMs)
  t.equal(spacing.spacingMs(), 40, 'before the first')
  spacing.noteJob(0)
  spacing.noteJob(0)
  t.equal(spacing.spacingMs(), 40, 'one shard')
  nowMs += 160
  spacing.noteJob(1)
  spacing.noteJob(3)
  t.equal(spacing.spacingMs(), 120, 'three')
  nowMs += 160
  t.equal(spacing.spacingMs(), 80, 'the first has been silent')
  nowMs += 160
  t.equal(spacing.spacingMs(), 40, 'all have')
})
