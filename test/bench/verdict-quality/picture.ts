import { FAMILIES } from './release/families.ts'
import { bestSettings } from './score/contest.ts'
import type { JudgeName, Results } from './score/results.ts'

// How long each judge takes to block, family by family: a dot at the median, and a line from there to the 90th percentile.
// Who never blocks half of them stands at the right edge.

const LEFT = 150
const PLOT = 500
const NEVER = 64
const WIDTH = LEFT + PLOT + NEVER + 30
const TOP = 54
const ROW = 62
const LANE = 10

/** Seconds at the ends of the axis. */
const FROM = 10
const UNTIL = 1_800
const TICKS = [10, 30, 60, 300, 600, 1_800]

/** Told apart by people who see few colours as well (Okabe and Ito 2008), and by their shapes. */
const COLOURS = ['#009e73', '#d55e00', '#cc79a7', '#0072b2', '#e69f00']

/** Returns the picture as SVG. It takes the colours of the page's theme. */
export function pictureOf(results: Results): string {
  const judges = bestSettings(results)
  const families = FAMILIES.filter(({ right }) => right === 'block').map(({ name }) => name)
  const height = TOP + families.length * ROW + 30
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title" font-family="system-ui, sans-serif" font-size="12">`,
    '<title id="title">Seconds until a bad release is blocked, by family and judge</title>',
    '<style>',
    'text{fill:#1f2328}.soft{fill:#59636e}.grid{stroke:#d1d9e0}.page{fill:#fff}',
    '@media (prefers-color-scheme:dark){text{fill:#e6edf3}.soft{fill:#9198a1}.grid{stroke:#3d444d}.page{fill:#0d1117}}',
    '</style>',
    `<rect class="page" width="${WIDTH}" height="${height}"/>`,
    ...legend(judges),
    ...axis(height),
    ...families.flatMap((family, row) => rowOf(results, { judges, family, row })),
    '</svg>',
    '',
  ].join('\n')
}

function legend(judges: readonly JudgeName[]): string[] {
  return judges.flatMap(({ peer }, nth) => {
    const x = 16 + nth * 138
    return [markAt(nth, x, 20), `<text x="${x + 10}" y="24">${peer}</text>`]
  })
}

function axis(height: number): string[] {
  const bottom = height - 24
  const lines = TICKS.flatMap((seconds) => {
    const x = xOf(seconds)
    return [
      `<line class="grid" x1="${x}" x2="${x}" y1="${TOP - 10}" y2="${bottom}"/>`,
      `<text class="soft" x="${x}" y="${bottom + 16}" text-anchor="middle">${tickText(seconds)}</text>`,
    ]
  })
  const never = xOf(Number.POSITIVE_INFINITY)
  return [
    ...lines,
    `<line class="grid" x1="${never}" x2="${never}" y1="${TOP - 10}" y2="${bottom}" stroke-dasharray="2 3"/>`,
    `<text class="soft" x="${never}" y="${bottom + 16}" text-anchor="middle">never</text>`,
  ]
}

function tickText(seconds: number): string {
  return seconds < 60 ? `${seconds} s` : `${seconds / 60} min`
}

/** The axis is logarithmic. */
function xOf(seconds: number): number {
  if (!Number.isFinite(seconds)) return LEFT + PLOT + NEVER
  return Math.round(LEFT + (PLOT * Math.log(seconds / FROM)) / Math.log(UNTIL / FROM))
}

interface Row {
  readonly judges: readonly JudgeName[]
  readonly family: string
  readonly row: number
}

function rowOf(results: Results, { judges, family, row }: Row): string[] {
  const y = TOP + row * ROW
  return [
    `<text x="${LEFT - 14}" y="${y + 2.5 * LANE + 4}" text-anchor="end">${family}</text>`,
    ...judges.flatMap((judge, nth) => {
      const { medianS, p90S } = results.scores(judge, { family })
      const at = y + (nth + 0.5) * LANE
      const [from, until] = [xOf(medianS), xOf(p90S)]
      return [
        `<line x1="${from}" x2="${until}" y1="${at}" y2="${at}" stroke="${COLOURS[nth]}" stroke-opacity="0.45" stroke-width="2"/>`,
        markAt(nth, from, at),
      ]
    }),
  ]
}

/** The product's mark is the largest. */
function markAt(nth: number, x: number, y: number): string {
  const colour = COLOURS[nth]!
  const marks = [
    `<circle cx="${x}" cy="${y}" r="5.5" fill="${colour}"/>`,
    `<rect x="${x - 4}" y="${y - 4}" width="8" height="8" fill="${colour}"/>`,
    `<path d="M${x} ${y - 5}l5 9h-10z" fill="${colour}"/>`,
    `<path d="M${x} ${y - 5}l5 5-5 5-5-5z" fill="${colour}"/>`,
    `<circle cx="${x}" cy="${y}" r="3.5" fill="none" stroke="${colour}" stroke-width="2"/>`,
  ]
  return marks[nth]!
}
