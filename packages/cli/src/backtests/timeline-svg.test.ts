// Goal: the picture of a backtest is right to the last byte. Method: docs/backtests.svg (TAP_SNAPSHOT=1 renews it), which was
// looked at in both colour schemes; and what a picture must never hold.
import { readFileSync, writeFileSync } from 'node:fs'

import t from 'tap'

import { BacktestAnswer } from '../gateway/backtest-answer.ts'
import { shownBacktest } from './fixtures/shown-backtest.ts'
import { timelineSvg } from './timeline-svg.ts'

const FILE = new URL('../../../../docs/backtests.svg', import.meta.url)

t.test('a week of two trials', async (t) => {
  const svg = timelineSvg(BacktestAnswer.parse(shownBacktest()))
  if (process.env['TAP_SNAPSHOT'] === '1') writeFileSync(FILE, svg)
  t.equal(readFileSync(FILE, 'utf8'), svg)
})

t.test('nothing in names is markup, and nothing comes from elsewhere', async (t) => {
  const svg = timelineSvg(BacktestAnswer.parse(shownBacktest({ service: '<b>&"shop"' })))
  t.match(svg, '&lt;b&gt;&amp;&quot;shop&quot;')
  t.notMatch(svg, '<b>')
  t.notMatch(svg.replace('http://www.w3.org/2000/svg', ''), /https?:|url\(|@import/u)
})

t.test('what never changed is one band, and what is empty is drawn', async (t) => {
  const { trials, ...rest } = shownBacktest()
  const [trial] = trials
  const quiet = { ...trial!, changes: trial!.changes.slice(0, 1), releases: [] }
  const svg = timelineSvg(BacktestAnswer.parse({ ...rest, trials: [quiet], incidents: [] }))
  t.match(svg, '<path class="pass" d="M84 92h856v-8h-856z"/>')
})
