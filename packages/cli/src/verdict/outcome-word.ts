import type { Outcome } from '@portcullis/contracts'

import type { Paint } from '../terminal/paint.ts'
import type { Cell } from '../terminal/table.ts'

const WORDS: Readonly<Record<Outcome, string>> = {
  pass: 'PASS',
  fail: 'BLOCKED',
  undecided: 'UNDECIDED',
}

const STYLES = { pass: 'good', fail: 'bad', undecided: 'doubtful' } as const

/** Returns what a verdict says as one word, in its colour. */
export function outcomeWord(answer: Outcome, paint: Paint): string {
  return paint[STYLES[answer]](WORDS[answer])
}

/** Returns the same for a table, which counts characters before it colours them. */
export function outcomeCell(answer: Outcome, paint: Paint): Cell {
  return { text: WORDS[answer], style: paint[STYLES[answer]] }
}
