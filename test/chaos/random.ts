/** Choices that depend on a seed alone. */
export interface Random {
  /** A number from 0 to 1, without 1 itself. */
  part(): number
  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number
  pick<Item>(items: readonly Item[]): Item
}

/** Returns choices for a seed: mulberry32 (Tommy Ettinger, public domain), 32 bits of state. */
export function randomOf(seed: number): Random {
  let state = seed | 0
  const part = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const int = (min: number, max: number): number => min + Math.floor(part() * (max - min + 1))
  return {
    part,
    int,
    pick: (items) => {
      const item = items[int(0, items.length - 1)]
      if (item === undefined) throw new Error('There is nothing to pick from.')
      return item
    },
  }
}
