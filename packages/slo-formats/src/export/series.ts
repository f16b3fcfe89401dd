import type { Slo } from '@portcullis/contracts'

import type { LabelMeaning } from '../indicator/labels.ts'
import type { ExportOptions } from './options.ts'

/** A condition on a label, as it is written in a query. */
export type Condition = readonly [label: LabelMeaning | 'le', operator: string, value: string]

/** Which series an objective counts: those of one of `any`, and of none of `none`. */
export interface Series {
  readonly all: readonly Condition[]
  readonly any: readonly (readonly Condition[])[]
  readonly none: readonly (readonly Condition[])[]
}

/** Returns which series are counted, or a pattern of routes that labels cannot say. */
export function seriesOf({
  service,
  environment,
  routes,
}: Slo['spec']): Series | { readonly pattern: string } {
  const include = (routes?.include ?? ['* *']).map(splitPattern)
  const exclude = (routes?.exclude ?? []).map(splitPattern)
  const unsayable = [...include, ...exclude].find((one) => 'pattern' in one)
  if (unsayable !== undefined && 'pattern' in unsayable) return unsayable
  const [only, without] = [include, exclude].map(byMethod) as [Groups, Groups]
  const everyMethod = without.get('*') ?? []
  without.delete('*')
  return {
    all: [
      ['service', '=', service],
      ...(environment === undefined ? [] : ([['environment', '=', environment]] as const)),
      ...(everyMethod.length === 0 ? [] : [conditionOf('route', everyMethod, { isNot: true })]),
    ],
    any: conditionsOf(only),
    none: conditionsOf(without),
  }
}

type Groups = Map<string, string[]>

/** A pattern of a route is one of its method and one of its path: `GET /cart`, `* /cart*`, `POST*`. */
function splitPattern(
  pattern: string,
): readonly [method: string, path: string] | { pattern: string } {
  const at = pattern.indexOf(' ')
  if (at !== -1) return [pattern.slice(0, at), pattern.slice(at + 1)]
  if (pattern === '*') return ['*', '*']
  // The star goes over the space as well, and no method has one.
  return /^[A-Z]+\*$/u.test(pattern) ? [pattern, '*'] : { pattern }
}

function byMethod(patterns: readonly ReturnType<typeof splitPattern>[]): Groups {
  const groups: Groups = new Map()
  for (const pattern of patterns) {
    if ('pattern' in pattern) continue
    const [method, path] = pattern
    groups.set(method, [...(groups.get(method) ?? []), path])
  }
  return groups
}

function conditionsOf(groups: Groups): Condition[][] {
  return [...groups].map(([method, paths]) => [
    ...(method === '*' ? [] : [conditionOf('method', [method])]),
    ...(paths.includes('*') ? [] : [conditionOf('route', paths)]),
  ])
}

function conditionOf(
  label: LabelMeaning,
  patterns: readonly string[],
  { isNot = false }: { readonly isNot?: boolean } = {},
): Condition {
  const [first] = patterns
  if (patterns.length === 1 && !first!.includes('*')) return [label, isNot ? '!=' : '=', first!]
  return [label, isNot ? '!~' : '=~', patterns.map(expressionOf).join('|')]
}

/** Returns a pattern as a regular expression (RE2), which Prometheus anchors at both ends. */
function expressionOf(pattern: string): string {
  return pattern
    .split('*')
    .map((text) => text.replaceAll(/[\\^$.|?+()[\]{}]/gu, '\\$&'))
    .join('.*')
}

/** Returns how often the requests of an objective happen, per second over a window: one sum of all their series. */
export function sumText(
  { all, any, none }: Series,
  more: readonly Condition[],
  { metric, window, labels }: { metric: string; window: string; labels: ExportOptions['labels'] },
): string {
  const rate = (conditions: readonly Condition[]): string => {
    const texts = [...all, ...conditions, ...more].map(([label, operator, value]) => {
      const name = label === 'le' ? label : labels[label]
      return `${name}${operator}${JSON.stringify(value)}`
    })
    return `rate(${metric}{${texts.join(',')}}[${window}])`
  }
  const counted = any.map(rate).join(' or ')
  if (none.length === 0) return `sum(${counted})`
  return `sum((${counted}) unless (${none.map(rate).join(' or ')}))`
}
