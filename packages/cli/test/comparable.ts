import { userInfo } from 'node:os'

const DIFFERING: readonly (readonly [RegExp, string])[] = [
  [/pc_[0-9a-f]+_[\w-]{43}/gu, 'TOKEN'],
  [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gu, 'UUID'],
  [/\bperson_[0-9a-f]{32}\b/gu, 'PERSON_ID'],
  [/\b[0-9a-f]{12}\b/gu, 'ID'],
  [/\bfreeze-20\d\d-\d\d-\d\d-[0-9a-f]{6}\b/gu, 'FREEZE'],
  [/(Freeze \S+) [0-9a-f]{8}\b/gu, '$1 VERSION'],
  [/20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z/gu, 'TIME'],
  [/\b\d+[smhd]( \d+[smhd])?\b/gu, 'SPAN'],
  [/\b(position|at) \d+/gu, '$1 N'],
  [/\b[\d,]+ (event|batch|line|name|row|hour)(e?s)?\b/gu, 'N $1'],
  [/(Applied \S+\n)+/gu, 'Applied N\n'],
  [/ +/gu, ' '],
]

/** Returns a page without what no two runs share. */
export function comparable(text: string): string {
  const named = text.replaceAll(new RegExp(`\\b${userInfo().username}\\b`, 'gu'), 'USER')
  return DIFFERING.reduce((before, [pattern, word]) => before.replaceAll(pattern, word), named)
}
