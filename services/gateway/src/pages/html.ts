/** Markup that is safe to send. */
export interface Html {
  readonly markup: string
}

/** Text and numbers are escaped; markup is taken as it is; a list is joined. */
type Inserted = Html | string | number | readonly Html[]

/** Returns markup in which whatever is inserted cannot become an element or an attribute. */
export function html(parts: TemplateStringsArray, ...inserted: readonly Inserted[]): Html {
  const markup = parts.reduce(
    (before, part, nth) => before + markupOf(inserted[nth - 1] ?? '') + part,
  )
  return { markup }
}

/** Nothing. */
export const NOTHING: Html = { markup: '' }

function markupOf(value: Inserted): string {
  if (typeof value === 'string' || typeof value === 'number') return escaped(String(value))
  if ('markup' in value) return value.markup
  return value.map(({ markup }) => markup).join('')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/gu, (character) => ENTITIES[character] ?? character)
}
