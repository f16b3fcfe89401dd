/**
 * Whether a text is what a pattern says: `*` stands for any text, all else for itself. Takes time in proportion to the
 * product of both lengths at most, whatever the pattern.
 */
export function matchesPattern(pattern: string, text: string): boolean {
  let at = 0
  let inPattern = 0
  let star = -1
  let resumeAt = 0
  while (at < text.length) {
    if (pattern[inPattern] === '*') {
      star = inPattern
      resumeAt = at
      inPattern += 1
    } else if (pattern[inPattern] === text[at]) {
      inPattern += 1
      at += 1
    } else if (star !== -1) {
      // The last star takes one more; the ones before it need never be tried again.
      resumeAt += 1
      at = resumeAt
      inPattern = star + 1
    } else return false
  }
  while (pattern[inPattern] === '*') inPattern += 1
  return inPattern === pattern.length
}

/** Whether a text matches one of the patterns; where none is given, every text does. */
export function matchesAny(patterns: readonly string[] | undefined, text: string): boolean {
  return patterns === undefined || patterns.some((pattern) => matchesPattern(pattern, text))
}
