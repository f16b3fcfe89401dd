import { type Document, isMap, isNode, isScalar, type LineCounter, type Node, Scalar } from 'yaml'

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

/**
 * Returns where a character of a text stands that a path leads to. Quoted texts with escapes, and those that are
 * folded, differ from what is in the file: of them the beginning is told.
 */
export function placeWithin(
  document: Document,
  lines: LineCounter,
  {
    path,
    text,
    offset,
  }: { readonly path: readonly PropertyKey[]; readonly text: string; readonly offset: number },
): Place {
  const node = nodeAt(document, path)
  if (!isScalar(node) || typeof node.value !== 'string' || !node.range) {
    return locate(document, lines, { path, part: 'value' })
  }
  const written = text.slice(node.range[0], node.range[1])
  if (node.type === Scalar.BLOCK_LITERAL)
    return placeInBlock(node.value, written, { lines, start: node.range[0], offset })
  const begin = written.indexOf(node.value)
  return placeOf(lines, node.range[0] + (begin === -1 ? 0 : begin + offset))
}

/** A literal block has the lines of its text, each behind the same indentation. */
function placeInBlock(
  value: string,
  written: string,
  {
    lines,
    start,
    offset,
  }: { readonly lines: LineCounter; readonly start: number; readonly offset: number },
): Place {
  const before = value.slice(0, offset).split('\n')
  const inText = value.split('\n')
  const inFile = written.split('\n')
  const line = inText[before.length - 1] ?? ''
  const indent = (inFile[before.length] ?? '').indexOf(line)
  const { line: first } = placeOf(lines, start)
  return {
    line: first + before.length,
    column: Math.max(0, indent) + (before.at(-1) ?? '').length + 1,
  }
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
