import { firstSystem } from './first-system.ts'
import { fixedThresholds } from './fixed-thresholds.ts'
import type { Judge } from './judge.ts'
import { kayenta } from './kayenta.ts'
import { peekedTest } from './peeked-test.ts'
import { portcullis } from './portcullis.ts'

/** Returns the product's judge, which is the first, and all peers in all their settings. */
export function allJudges(): readonly Judge[] {
  return [portcullis(), ...firstSystem(), ...fixedThresholds(), ...kayenta(), ...peekedTest()]
}
