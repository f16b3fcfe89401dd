// docs/guard.md is held to the code: what a pipeline's author reads there is what the guard does.
import { readFileSync } from 'node:fs'

import { DEFAULT_GUARD_PARAMETERS, DEFAULT_REASONS } from '@portcullis/domain'
import t from 'tap'

const PAGE = readFileSync(new URL('../../docs/guard.md', import.meta.url), 'utf8')

/** First and second cell of every row of the page's tables, without backquotes. */
const ROWS = new Map(
  [...PAGE.matchAll(/^\| `([^`]+)` *\| *([^|]*?) *\|/gmu)].map(([, first, second]) => [
    first!,
    second!.replaceAll('`', ''),
  ]),
)

t.test(
  'every reason of the default policy is on the page of the guard, in the order of an answer',
  async (t) => {
    const named = [...ROWS.keys()].filter((name) =>
      (DEFAULT_REASONS as readonly string[]).includes(name),
    )
    t.strictSame(named, [...DEFAULT_REASONS])
  },
)

t.test('the page of the guard shows the defaults that count', async (t) => {
  const names = {
    lookback_min: 'X-Guard-Lookback-Min',
    min_esc_level: 'X-Guard-Min-Esc-Level',
    include_warning: 'X-Guard-Include-Warning',
  } as Readonly<Record<string, string>>
  for (const [name, value] of Object.entries(DEFAULT_GUARD_PARAMETERS)) {
    t.equal(ROWS.get(names[name] ?? name), String(value), name)
  }
})
