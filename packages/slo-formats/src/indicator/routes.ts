import type { Report } from '../finding.ts'
import type { Matcher } from '../promql/query.ts'
import { literalsOf } from './literals.ts'

export interface RoutePatterns {
  readonly include?: string[]
  readonly exclude?: string[]
}

const BY_HAND = 'write the routes by hand, as METHOD /template, with * for any text'

/**
 * Returns which routes are counted, by conditions on method and path: Portcullis names a route by both (`GET /cart`). What
 * stands for no list of names is refused.
 */
export function routesOf(
  { methods, paths }: { readonly methods: readonly Matcher[]; readonly paths: readonly Matcher[] },
  report: Report,
): RoutePatterns {
  const method = partOf('method', methods, report)
  const path = partOf('path', paths, report)
  const include = (method.among ?? ['*']).flatMap((one) =>
    (path.among ?? ['*']).map((other) => joined(one.toUpperCase(), other)),
  )
  const exclude = [
    ...method.without.map((one) => joined(one.toUpperCase(), '*')),
    ...path.without.map((one) => joined('*', one)),
  ]
  return {
    ...(method.among === undefined && path.among === undefined ? {} : { include }),
    ...(exclude.length === 0 ? {} : { exclude }),
  }
}

function joined(method: string, path: string): string {
  return `${method} ${path}`
}

/** What conditions on one part of a route's name leave: these alone, and all but those. */
function partOf(
  meaning: 'method' | 'path',
  matchers: readonly Matcher[],
  report: Report,
): { among: string[] | undefined; without: string[] } {
  let among: string[] | undefined
  const without: string[] = []
  for (const { operator, value, spot, label } of matchers) {
    const isExpression = operator === '=~' || operator === '!~'
    const names = isExpression ? literalsOf(value) : value.includes('*') ? undefined : [value]
    if (names === undefined || !names.every((name) => isPart(meaning, name))) {
      report.refuse(
        spot,
        `has ${label}${operator}"${value}", which stands for no list of routes`,
        BY_HAND,
      )
    } else if (operator === '!=' || operator === '!~') without.push(...names)
    else if (among === undefined) among = names
    else report.refuse(spot, `limits ${label} a second time`, BY_HAND)
  }
  return { among, without }
}

/** Whether a text can be that part of a route's name: handlers, for one, may have names that are no paths. */
function isPart(meaning: 'method' | 'path', name: string): boolean {
  return meaning === 'path' ? /^[/*]/u.test(name) : /^[A-Za-z]+$/u.test(name)
}
