import { nameOf } from './formats/draft.ts'

/** Longest name of a policy or a rule (RFC 1123). */
const NAME_CHARACTERS_MAX = 63

/** Returns a function that makes names of texts: of those that would be the same, or were cut, the second ends with `-2`. */
export function createUniqueNames(): (text: string) => string {
  const used = new Set<string>()
  return (text) => {
    let name = shortened(text, '')
    for (let nth = 2; used.has(name); nth += 1) name = shortened(text, `-${nth}`)
    used.add(name)
    return name
  }
}

function shortened(text: string, ending: string): string {
  const kept = nameOf(text).slice(0, NAME_CHARACTERS_MAX - ending.length)
  return `${kept.replace(/-+$/u, '')}${ending}`
}
