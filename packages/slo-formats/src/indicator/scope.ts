import type { Report } from '../finding.ts'
import type { Matcher } from '../promql/query.ts'
import { BY_HAND, textOf } from './counts.ts'
import { type LabelMeaning, meaningOfLabel } from './labels.ts'
import { literalsOf } from './literals.ts'
import { type RoutePatterns, routesOf } from './routes.ts'

/** Whose requests are counted, in the words of an `Slo`. */
export interface RequestScope {
  readonly service?: string
  readonly environment?: string
  readonly routes?: RoutePatterns
}

/**
 * Returns whose requests are counted, by the conditions that good ones and all have in common. A condition that Portcullis
 * has no word for is refused: without it other requests would be counted.
 */
export function scopeOf(
  matchers: readonly Matcher[],
  { report, ignoredLabels }: { readonly report: Report; readonly ignoredLabels: readonly string[] },
): RequestScope {
  const by: Record<LabelMeaning, Matcher[]> = {
    service: [],
    environment: [],
    route: [],
    method: [],
    status: [],
  }
  for (const matcher of matchers.filter((one) => !isAnything(one))) {
    const { label, spot } = matcher
    const meaning = meaningOfLabel(label)
    if (ignoredLabels.includes(label)) {
      const what = `${textOf(matcher)} is left out, as was asked: requests are counted whatever their ${label}`
      report.leaveOut(spot, what, 'make sure that the service reports no others')
    } else if (meaning === undefined || meaning === 'status') refuseMatcher(matcher, report)
    else by[meaning].push(matcher)
  }
  const service = nameOf(by.service, report)
  const environment = nameOf(by.environment, report)
  const routes = routesOf({ methods: by.method, paths: by.route }, report)
  assumeRoutes(by.route[0] ?? by.method[0], routes, report)
  return {
    ...(service === undefined ? {} : { service }),
    ...(environment === undefined ? {} : { environment }),
    ...(Object.keys(routes).length === 0 ? {} : { routes }),
  }
}

function refuseMatcher(matcher: Matcher, report: Report): void {
  const { label, spot } = matcher
  const what =
    meaningOfLabel(label) === 'status'
      ? `${textOf(matcher)} limits the requests by their status, and an Slo counts all of them`
      : `${textOf(matcher)} limits the requests by something that Portcullis does not know of them`
  const instead = `where all requests of the service are meant, import with --ignore-label ${label}; else ${BY_HAND}`
  report.refuse(spot, what, instead)
}

/** `=~".*"` holds for everything. */
function isAnything({ operator, value }: Matcher): boolean {
  return operator === '=~' && value === '.*'
}

/** Returns the one name that conditions stand for. */
function nameOf(matchers: readonly Matcher[], report: Report): string | undefined {
  const names = new Set<string>()
  for (const matcher of matchers) {
    const { operator, value, spot, label } = matcher
    const found = operator === '=' ? [value] : operator === '=~' ? literalsOf(value) : undefined
    const [name] = found ?? []
    const isOne = found?.length === 1 && !name!.includes('*') && !/^\$|\$\{|\{\{/u.test(name!)
    if (isOne) names.add(name!)
    else
      report.refuse(spot, `${textOf(matcher)} does not name one ${label}`, 'write an Slo for each')
  }
  if (names.size > 1) {
    const what = `names ${[...names].join(' and ')}, and an objective is of one`
    report.refuse(matchers[1]!.spot, what, 'leave one of them out with --ignore-label')
  }
  return [...names][0]
}

function assumeRoutes(first: Matcher | undefined, routes: RoutePatterns, report: Report): void {
  if (first === undefined || report.isRefused()) return
  const said = [
    ...(routes.include ?? []).map((route) => `"${route}"`),
    ...(routes.exclude ?? []).map((route) => `all but "${route}"`),
  ]
  const what = `is taken for the routes ${said.join(', ')}`
  report.assume(
    first.spot,
    what,
    'compare it with the routes that the service reports, METHOD /template',
  )
}
