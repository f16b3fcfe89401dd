// oxlint-disable-next-line no-control-regex -- colours are control sequences.
const PIECE = /\u001b\[[\d;]*m|./gsu

/**
 * Returns a line that takes at most so many columns, cut with an ellipsis. Colours take none, and are
 * kept behind the cut, so that each is ended.
 */
export function fitted(line: string, columnsMax: number): string {
  const pieces = [...line.matchAll(PIECE)].map(([piece]) => piece)
  const total = pieces.reduce((sum, piece) => sum + columnsOf(piece), 0)
  if (total <= columnsMax) return line
  let used = 0
  let isCut = false
  const kept = pieces.map((piece) => {
    if (isColour(piece)) return piece
    if (isCut) return ''
    used += columnsOf(piece)
    // One column is the ellipsis's.
    isCut = used > columnsMax - 1
    return isCut ? '…' : piece
  })
  return columnsMax < 1 ? '' : kept.join('')
}

/** From the first wide script on (Hangul Jamo) a character may take two columns; who counts too many cuts early. */
const MAYBE_WIDE_FROM = 0x1100

function columnsOf(piece: string): number {
  if (isColour(piece)) return 0
  return piece.codePointAt(0)! >= MAYBE_WIDE_FROM && piece !== '…' ? 2 : 1
}

function isColour(piece: string): boolean {
  return piece.startsWith('\u001b')
}
