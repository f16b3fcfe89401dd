import t from 'tap'

import { DEFAULT_ESCALATION_SETTINGS, escalationSettingsOf } from './settings.ts'

const WRITTEN = {
  critAckMin: 5,
  warnAckMin: 15,
  snoozeMin: 30,
  levelMax: 7,
  dryRun: false,
  canaryPct: 100,
  tickSeconds: 60,
}

t.test('what the first system had by default is the default', async (t) => {
  t.strictSame(escalationSettingsOf(WRITTEN), DEFAULT_ESCALATION_SETTINGS)
})

t.test('fractions of a minute become whole milliseconds', async (t) => {
  const shortened = escalationSettingsOf({ ...WRITTEN, critAckMin: 0.1, snoozeMin: 1 / 3 })
  t.equal(shortened.ackWithinMs.critical, 6_000)
  t.equal(shortened.cooldownMs, 20_000)
})
