import type { SyntaxNode } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'

import type { Path, Spot } from '../finding.ts'

/** A query that is longer was written by a program; none that is understood is. */
const QUERY_CHARACTERS_MAX = 4_000

/** Where Sloth puts the window, and other tools that use Go templates. */
const WINDOW_TEMPLATE = /\{\{\s*\.window\s*\}\}/gu

/** A part of a query. */
export interface QueryNode {
  readonly name: string
  /** As it is written; a window that is a template is written as such. */
  readonly text: string
  readonly children: readonly QueryNode[]
  readonly spot: Spot
}

/**
 * Returns the syntax tree of a query, or where it is no PromQL. The grammar is the one that Prometheus' own pages are
 * coloured by; it goes on after a mistake, so every mistake is looked for.
 */
export function parseQuery(
  text: string,
  path: Path,
): QueryNode | { readonly wrong: string; readonly spot: Spot } {
  if (text.length > QUERY_CHARACTERS_MAX) {
    return { wrong: `is longer than ${QUERY_CHARACTERS_MAX} characters`, spot: { path } }
  }
  // A duration of the same length stands for the template, so that places stay.
  const readable = text.replaceAll(WINDOW_TEMPLATE, (found) => '1m'.padEnd(found.length))
  const tree = parser.parse(readable)
  let mistake: number | undefined
  tree.iterate({
    enter: ({ type, from }) => {
      if (type.isError) mistake ??= from
    },
  })
  if (mistake !== undefined) {
    return { wrong: 'is no PromQL that can be read here', spot: { path, offset: mistake } }
  }
  return nodeOf(tree.topNode, { text, path })
}

function nodeOf(
  node: SyntaxNode,
  query: { readonly text: string; readonly path: Path },
): QueryNode {
  const children: QueryNode[] = []
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== 'LineComment') children.push(nodeOf(child, query))
  }
  const template = node.name === 'DurationExpr' ? templateAt(query.text, node.from) : undefined
  const text = template ?? query.text.slice(node.from, node.to)
  return { name: node.name, text, children, spot: { path: query.path, offset: node.from } }
}

function templateAt(text: string, from: number): string | undefined {
  return [...text.matchAll(WINDOW_TEMPLATE)].some(({ index }) => index === from)
    ? '{{.window}}'
    : undefined
}

/** Returns the text that a string literal stands for; undefined where it has an escape that is rare in labels. */
export function literalText(literal: string): string | undefined {
  const inner = literal.slice(1, -1)
  if (literal.startsWith('`')) return inner
  let isRare = false
  const text = inner.replaceAll(/\\(.)/gsu, (_, escaped: string) => {
    if (!/[\\"'`]/u.test(escaped)) isRare = true
    return escaped
  })
  return isRare ? undefined : text
}
