import type { BacktestAnswer, BacktestTrial } from '../gateway/backtest-answer.ts'
import { instantText } from '../terminal/instant.ts'
import { ticksBetween } from './time-axis.ts'

type Outcome = BacktestTrial['changes'][number]['outcome']

const WIDTH = 960
/** Where time begins and ends; names stand before it. */
const [LEFT, RIGHT] = [84, WIDTH - 20]
const TOP = 64
/** Of a trial with its releases. */
const LANE_HEIGHT = 64
const BAND_HEIGHT = 28
const INCIDENTS_HEIGHT = 34

/** Of bands: what is worse is higher, so that colours are not needed to read them. */
const HEIGHTS: Readonly<Record<Outcome, number>> = {
  pass: 8,
  undecided: 18,
  fail: BAND_HEIGHT,
}

// Contrast to the ground is at least 3 to 1 in both schemes (WCAG 2.2, 1.4.11).
const STYLE = `
  svg { --ground: #ffffff; --ink: #1f2328; --faint: #656d76; --line: #d0d7de;
    --pass: #1a7f37; --fail: #cf222e; --undecided: #9a6700; --incident: #8250df; }
  @media (prefers-color-scheme: dark) {
    svg { --ground: #0d1117; --ink: #e6edf3; --faint: #9198a1; --line: #3d444d;
      --pass: #3fb950; --fail: #f85149; --undecided: #d29922; --incident: #ab7df8; }
  }
  text { font: 12px system-ui, sans-serif; fill: var(--ink); }
  .faint { fill: var(--faint); } .title { font-weight: 600; font-size: 14px; }
  .ground { fill: var(--ground); } .line { stroke: var(--line); fill: none; }
  .pass { fill: var(--pass); } .fail { fill: var(--fail); } .undecided { fill: var(--undecided); }
  .incident { fill: var(--incident); }
  .through { fill: var(--ground); stroke: var(--ink); } .held { fill: var(--ink); stroke: var(--ink); }`

/**
 * Returns a backtest as a picture (SVG): for each trial when it passed, blocked or could not tell, with the releases that it
 * held and let through, and below them the incidents. It needs nothing from elsewhere, and follows the reader's colour scheme.
 */
export function timelineSvg(answer: BacktestAnswer): string {
  const { from, to, trials } = answer
  const xOf = (at: number): number => round(LEFT + ((at - from) / (to - from)) * (RIGHT - LEFT))
  const incidentsTop = TOP + trials.length * LANE_HEIGHT
  const bottom = incidentsTop + INCIDENTS_HEIGHT
  const height = bottom + 30
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escaped(titleOf(answer))}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="ground" width="${WIDTH}" height="${height}"/>`,
    `<text class="title" x="20" y="24">${escaped(titleOf(answer))}</text>`,
    ...legend(),
    ...axis(answer, { xOf, bottom }),
    ...trials.flatMap((trial, nth) =>
      lane(trial, { to, xOf, floor: TOP + nth * LANE_HEIGHT + BAND_HEIGHT }),
    ),
    `<text x="20" y="${incidentsTop + 16}">incidents</text>`,
    ...answer.incidents.map(({ id, service, opened_at, ended_at }) => {
      const title = `${service}: incident ${id}, ${instantText(opened_at)} to ${instantText(ended_at)}`
      const width = Math.max(2, round(xOf(ended_at) - xOf(opened_at)))
      return `<rect class="incident" x="${xOf(opened_at)}" y="${incidentsTop + 6}" width="${width}" height="12"><title>${escaped(title)}</title></rect>`
    }),
    '</svg>',
    '',
  ].join('\n')
}

function titleOf({ service, environment, from, to }: BacktestAnswer): string {
  return `${service ?? 'All services'} in ${environment}, ${instantText(from)} to ${instantText(to)}`
}

const LEGEND: readonly (readonly [string, string])[] = [
  ['pass', 'pass'],
  ['undecided', 'undecided'],
  ['fail', 'blocked'],
  ['held', 'release held'],
  ['through', 'release let through'],
  ['incident', 'incident'],
]

function legend(): string[] {
  return LEGEND.flatMap(([name, text], nth) => {
    const x = LEFT + nth * 142
    const isMark = name === 'held' || name === 'through'
    const sign = isMark
      ? mark(name, { x: x + 5, y: 37 })
      : `<rect class="${name}" x="${x}" y="37" width="10" height="10"/>`
    return [sign, `<text class="faint" x="${x + 16}" y="46">${text}</text>`]
  })
}

interface Scale {
  readonly xOf: (at: number) => number
}

function axis(
  { from, to }: BacktestAnswer,
  { xOf, bottom }: Scale & { readonly bottom: number },
): string[] {
  return ticksBetween(from, to).flatMap(({ at, text }) => {
    const x = xOf(at)
    return [
      `<path class="line" d="M${x} ${TOP - 6}V${bottom}"/>`,
      `<text class="faint" x="${x}" y="${bottom + 18}" text-anchor="middle">${text}</text>`,
    ]
  })
}

function lane(
  { name, changes, releases }: BacktestTrial,
  { to, xOf, floor }: Scale & { readonly to: number; readonly floor: number },
): string[] {
  const paths = (Object.keys(HEIGHTS) as Outcome[]).flatMap((outcome) => {
    const bands = changes.flatMap((change, nth) => {
      if (change.outcome !== outcome) return []
      const x = xOf(change.at)
      const width = round(xOf(changes[nth + 1]?.at ?? to) - x)
      return [`M${x} ${floor}h${width}v-${HEIGHTS[outcome]}h-${width}z`]
    })
    return bands.length === 0 ? [] : [`<path class="${outcome}" d="${bands.join('')}"/>`]
  })
  const marks = releases.map((release) => {
    const said = release.held ? `held (${release.reasons.join(', ')})` : 'let through'
    const title = `${release.service} ${release.version}, ${instantText(release.at)}: ${said}`
    return mark(release.held ? 'held' : 'through', { x: xOf(release.at), y: floor + 4, title })
  })
  return [
    `<text x="20" y="${floor - 4}">${name}</text>`,
    `<path class="line" d="M${LEFT} ${floor}H${RIGHT}"/>`,
    ...paths,
    ...marks,
  ]
}

function mark(
  name: 'held' | 'through',
  { x, y, title }: { readonly x: number; readonly y: number; readonly title?: string },
): string {
  const d = `M${x} ${y}l5 10h-10z`
  if (title === undefined) return `<path class="${name}" d="${d}"/>`
  return `<path class="${name}" d="${d}"><title>${escaped(title)}</title></path>`
}

function round(figure: number): number {
  return Math.round(figure * 100) / 100
}

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' },
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/gu, (sign) => ENTITIES[sign]!)
}
