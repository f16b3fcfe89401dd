import type { RouteName, VersionName } from '@portcullis/contracts'

// The lengths of contracts (ids.ts), which a test holds equal: the schemas there take 40 times as
// long, and packed cells name routes 20,000 times a second.
const ROUTE_LENGTH_MAX = 512
const VERSION_LENGTH_MAX = 128

/** Where requests without a template are counted, after their method. */
const NO_TEMPLATE = '/*'

/** Returns `METHOD /template`: the query string is dropped, and what has no template is `/*`. */
export function tidyRoute(method: string, template: string | undefined): string {
  const path = template === undefined ? '' : withoutQuery(template)
  return `${method.toUpperCase()} ${path === '' ? NO_TEMPLATE : path}`
}

/** Returns a reported route without its query string: `GET /a?b=1` is `GET /a`. */
export function withoutQuery(route: string): string {
  const end = route.indexOf('?')
  return end === -1 ? route : route.slice(0, end)
}

/** Returns the text as a route's name, or null where it cannot be one. */
export function routeOf(text: string): RouteName | null {
  return text !== '' && isLine(text, ROUTE_LENGTH_MAX) ? (text as RouteName) : null
}

/** Returns the text as a version, which may be empty, or null where it cannot be one. */
export function versionOf(text: string): VersionName | null {
  return isLine(text, VERSION_LENGTH_MAX) ? (text as VersionName) : null
}

/** Whether well-formed text has no control characters, and is short enough. */
function isLine(text: string, lengthMax: number): boolean {
  if (text.length > lengthMax) return false
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    if (unit < 0x20 || unit === 0x7f) return false
  }
  return true
}
