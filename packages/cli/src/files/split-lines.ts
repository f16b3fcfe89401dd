/** No line of an export comes near it: a batch has at most 16 MiB of base64. */
const LINE_LENGTH_MAX = 64 * 1_024 * 1_024

/**
 * Yields the lines of a text that comes in chunks, without their ends; what follows the last end is a
 * line too, unless it is empty. Only LF ends a line: `node:readline` also splits at U+2028, which
 * JSON may hold as it is.
 *
 * Throws a sentence when the text is no UTF-8, and when a line is longer than any export has.
 */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array | string>,
): AsyncGenerator<string, void, undefined> {
  const decode = utf8Decoding()
  let rest = ''
  for await (const chunk of chunks) {
    rest += typeof chunk === 'string' ? chunk : decode(chunk)
    const lines = rest.split('\n')
    rest = lines.pop()!
    yield* lines
    if (rest.length > LINE_LENGTH_MAX) {
      throw new Error('This is no exported log: a line is longer than any of one.')
    }
  }
  rest += decode()
  if (rest !== '') yield rest
}

/** Returns a decoder of chunks; without one it ends the text. */
function utf8Decoding(): (chunk?: Uint8Array) => string {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  return (chunk) => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined })
    } catch (cause) {
      throw new Error('This is no exported log: it is not UTF-8 text.', { cause })
    }
  }
}
