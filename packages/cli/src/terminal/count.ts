/** Returns a count with its noun: `1 event`, `1,204,332 events`, `2 batches`. */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`
}
