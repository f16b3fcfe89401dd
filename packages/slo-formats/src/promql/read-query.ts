import type { Path } from '../finding.ts'
import type { Count, MatchOperator, Matcher, Ratio, Selector, Unclear } from './query.ts'
import { literalText, parseQuery, type QueryNode } from './syntax.ts'

type Meaning = Count | Ratio | { readonly type: 'number'; readonly value: number } | Unclear

/** Growth of a counter that is not written, because the tool that reads the selector adds it. */
export const GROWTH_BY_TOOL = 'by the tool'

/**
 * Returns what a query counts, or why that is not understood: sums of the growth of counters, their differences and ratios.
 * `isBareAllowed` says that a selector stands for its growth, as in Pyrra.
 */
export function readQuery(
  text: string,
  { path, isBareAllowed = false }: { readonly path: Path; readonly isBareAllowed?: boolean },
): Count | Ratio | Unclear {
  const parsed = parseQuery(text, path)
  if ('wrong' in parsed) return { type: 'unclear', what: parsed.wrong, spot: parsed.spot }
  const [expression] = parsed.children
  const meaning = meaningOf(expression!, isBareAllowed)
  return meaning.type === 'number'
    ? unclear(expression!, 'is a number, and counts nothing')
    : meaning
}

function meaningOf(node: QueryNode, isBareAllowed: boolean): Meaning {
  switch (node.name) {
    case 'ParenExpr':
      return meaningOf(node.children[0]!, isBareAllowed)
    case 'NumberDurationLiteral':
      return { type: 'number', value: Number(node.text) }
    case 'VectorSelector':
      return isBareAllowed
        ? countOf(selectorOf(node), GROWTH_BY_TOOL)
        : unclear(node, 'is the value of a series, not its growth: rate or increase is missing')
    case 'AggregateExpr':
      return sumOf(node, isBareAllowed)
    case 'BinaryExpr':
      return binaryOf(node, isBareAllowed)
    case 'FunctionCall':
      return unclear(node, `${node.children[0]!.text} outside of a sum is not understood`)
    default:
      return unclear(
        node,
        'is not understood: only sums of rates, their differences and ratios are',
      )
  }
}

/** `sum(rate(selector[window]))`: counted over all series, for that is what an objective is about. */
function sumOf(node: QueryNode, isBareAllowed: boolean): Meaning {
  const [operator, ...rest] = node.children
  if (operator!.text.toLowerCase() !== 'sum') {
    return unclear(node, `${operator!.text} is no count: only sum is understood`)
  }
  const modifier = rest.find(({ name }) => name === 'AggregateModifier')
  if (modifier !== undefined && isGrouping(modifier)) {
    return unclear(modifier, 'counts each group on its own, and an objective has one budget')
  }
  const body = rest.find(({ name }) => name === 'FunctionCallBody')
  return summed(body ?? node, isBareAllowed)
}

/** What is summed is one thing: the growth of a counter. */
function summed(body: QueryNode, isBareAllowed: boolean): Meaning {
  const [one, more] = body.children
  if (more !== undefined) return unclear(more, 'is one argument of sum too many')
  if (one?.name === 'FunctionCall') return growthOf(one)
  if (one?.name === 'VectorSelector' && isBareAllowed) return meaningOf(one, true)
  return unclear(one ?? body, 'is summed, and is no rate or increase of a counter')
}

function isGrouping({ children }: QueryNode): boolean {
  const isWithout = children.some(({ name }) => name === 'Without')
  const labels = children.find(({ name }) => name === 'GroupingLabels')?.children ?? []
  return isWithout || labels.length > 0
}

function growthOf(call: QueryNode): Meaning {
  const [name, body] = call.children
  const taken = name!.text
  if (taken !== 'rate' && taken !== 'increase') {
    return unclear(call, `${name!.text} is no count of all that happened: rate and increase are`)
  }
  const [range] = body!.children
  const [vector, window] = range!.children
  if (range!.name !== 'MatrixSelector' || vector?.name !== 'VectorSelector') {
    return unclear(range!, 'is not a selector with a window')
  }
  return countOf(selectorOf(vector), `${taken} over ${window!.text}`)
}

function countOf(selector: Selector | Unclear, growth: string): Count | Unclear {
  return 'type' in selector ? selector : { type: 'count', plus: selector, growth }
}

function binaryOf(node: QueryNode, isBareAllowed: boolean): Meaning {
  const [left, operator] = node.children
  const right = node.children.at(-1)
  if (operator!.name === 'Or') return orNothing(left!, right!, isBareAllowed)
  const modifier = node.children[2]
  if (modifier !== right)
    return unclear(modifier!, 'says how series are matched, and sums have none')
  const [a, b] = [meaningOf(left!, isBareAllowed), meaningOf(right!, isBareAllowed)]
  if (a.type === 'unclear') return a
  if (b.type === 'unclear') return b
  return combined(node, operator!.text, [a, b])
}

function combined(
  node: QueryNode,
  operator: string,
  [a, b]: readonly [Exclude<Meaning, Unclear>, Exclude<Meaning, Unclear>],
): Meaning {
  switch (`${a.type} ${operator} ${b.type}`) {
    case 'count / count':
      return { type: 'ratio', part: a as Count, total: b as Count, isRest: false }
    case 'count - count':
      return difference(node, a as Count, b as Count)
  }
  if (operator === '-' && isNumber(a, 1) && b.type === 'ratio') return { ...b, isRest: !b.isRest }
  // Where nothing happened there is nothing to divide by, and nothing to count.
  if (operator === '>' && a.type === 'count' && isNumber(b, 0)) return a
  return unclear(node, `is not understood: "${operator}" between these`)
}

function isNumber(meaning: Meaning, value: number): boolean {
  return meaning.type === 'number' && meaning.value === value
}

function difference(node: QueryNode, a: Count, b: Count): Meaning {
  if (a.minus !== undefined || b.minus !== undefined) {
    return unclear(node, 'subtracts more than once')
  }
  if (a.growth !== b.growth) return unclear(node, `subtracts ${b.growth} from ${a.growth}`)
  return { ...a, minus: b.plus }
}

/** `count or vector(0)`: a counter that was never increased is 0, here as well. */
function orNothing(left: QueryNode, right: QueryNode, isBareAllowed: boolean): Meaning {
  if (/^vector\s*\(\s*0\s*\)$/iu.test(right.text)) return meaningOf(left, isBareAllowed)
  return unclear(right, 'is counted where the other is not: only "or vector(0)" is understood')
}

function selectorOf(node: QueryNode): Selector | Unclear {
  let metric = node.children.find(({ name }) => name === 'Identifier')?.text
  const matchers: Matcher[] = []
  const list = node.children.find(({ name }) => name === 'LabelMatchers')?.children ?? []
  for (const child of list) {
    const matcher = matcherOf(child)
    if ('type' in matcher) return matcher
    if (matcher.label === '__name__' && matcher.operator === '=') metric ??= matcher.value
    else matchers.push(matcher)
  }
  if (metric === undefined) return unclear(node, 'names no metric')
  return { metric, matchers, spot: node.spot }
}

function matcherOf(node: QueryNode): Matcher | Unclear {
  const [label, operator, value] = node.children
  // {"a.metric"} is how names are written that are no identifiers.
  const isName = node.name === 'QuotedLabelName'
  const text = literalText(isName ? label!.text : value!.text)
  const name = label!.name === 'QuotedLabelName' ? label!.text.slice(1, -1) : label!.text
  if (text === undefined) return unclear(node, 'has an escape that is not understood')
  return {
    label: isName ? '__name__' : name,
    operator: isName ? '=' : (operator!.text as MatchOperator),
    value: text,
    spot: node.spot,
  }
}

function unclear({ spot }: QueryNode, what: string): Unclear {
  return { type: 'unclear', what, spot }
}
