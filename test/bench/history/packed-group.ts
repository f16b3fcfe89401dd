// Packed tables (domain, window/packed.ts) begin with their tag and the number of groups; a group begins with its
// start. What follows is the same for a shape at any time: it is packed once, and copied.

const FLAG = 0x80
const BITS = 7

/** A group of a packed table that may begin at another time. */
export interface PackedGroup {
  readonly tag: number
  /** All after its start. */
  readonly rest: Buffer
}

/** Takes the group out of a packed table that has no other. */
export function groupOf(packed: Uint8Array): PackedGroup {
  let at = 2
  while (packed[at]! >= FLAG) at += 1
  return { tag: packed[0]!, rest: Buffer.from(packed.subarray(at + 1)) }
}

/** Returns the packed table of some groups; starts are numbers of whole spans since 1970, and ascend. */
export function packedTable(groups: readonly (readonly [start: number, PackedGroup])[]): Buffer {
  const head = [groups[0]![1].tag, ...varint(groups.length)]
  return Buffer.concat([
    Buffer.from(head),
    ...groups.flatMap(([start, { rest }]) => [Buffer.from(varint(start)), rest]),
  ])
}

function varint(number: number): number[] {
  return number < FLAG ? [number] : [(number % FLAG) + FLAG, ...varint(number >>> BITS)]
}
