/**
 * Returns D. J. Bernstein's netstring of a text: `<bytes>:<text>,`. A row of netstrings can be read
 * in one way only, so no two rows of values share a preimage. The SQL function `netstring` is its twin.
 */
export function netstring(text: string): string {
  return `${Buffer.byteLength(text)}:${text},`
}
