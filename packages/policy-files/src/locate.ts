import { type Document, isMap, isNode, isScalar, type LineCounter, type Node } from 'yaml'

/** Where something stands; both begin with 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** Which part of a member is pointed at. */
export type Part = 'key' | 'value'

/**
 * Returns where a path leads in a document: to its key or its value, or, where there is nothing, to the nearest that
 * holds it.
 */
export function locate(
  document: Document,
  lines: LineCounter,
  { path, part }: { readonly path: readonly PropertyKey[]; readonly part: Part },
): Place {
  for (let length = path.length; length > 0; length -= 1) {
    const steps = path.slice(0, length)
    const node =
      length === path.length && part === 'key' ? keyAt(document, steps) : nodeAt(document, steps)
    const offset = node?.range?.[0]
    if (offset !== undefined) return placeOf(lines, offset)
  }
  return placeOf(lines, document.contents?.range?.[0] ?? document.range?.[0] ?? 0)
}

/** Returns where an offset is. */
export function placeOf(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset)
  return { line, column: col }
}

function nodeAt(document: Document, path: readonly PropertyKey[]): Node | undefined {
  const found = document.getIn(path, true)
  return isNode(found) ? found : undefined
}

function keyAt(document: Document, path: readonly PropertyKey[]): Node | undefined {
  const holder = path.length === 1 ? document.contents : nodeAt(document, path.slice(0, -1))
  if (!isMap(holder)) return undefined
  const pair = holder.items.find(({ key }) => isScalar(key) && key.value === path.at(-1))
  return isNode(pair?.key) ? pair.key : undefined
}
