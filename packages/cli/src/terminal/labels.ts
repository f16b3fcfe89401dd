import { EXIT } from '../exit.ts'
import { failure } from '../failure.ts'

/** Returns the labels that an option was given, as KEY=VALUE each; throws where one is none. */
export function labelsOf(option: string, texts: readonly string[]): Record<string, string> {
  const entries = texts.map((text): [string, string] => {
    const equals = text.indexOf('=')
    if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)]
    throw failure(
      EXIT.usage,
      `--${option}: read "${text}". Give a key and a value, like hotfix=true.`,
    )
  })
  return Object.fromEntries(entries)
}

/** Returns labels as a command line gives them: `tier=gold hotfix=true`. */
export function labelsText(labels: Readonly<Record<string, string>>): string {
  const texts = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
  return texts.length === 0 ? '-' : texts.join(' ')
}
