/**
 * Returns a generator of numbers in [0, 1): Marsaglia's xorshift32 (Journal of Statistical Software 8,
 * 2003). The same seed gives the same numbers, so every run measures the same bodies.
 */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
