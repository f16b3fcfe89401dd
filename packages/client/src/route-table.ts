import type { Cell } from './cell.ts'

/** Where routes beyond the limit are counted; the gateway uses the same name. */
export const OTHER_ROUTE = 'OTHER'

/** Template of a request that matched none. */
const UNMATCHED = '/*'

/** Longest route that the gateway takes, in UTF-16 units. */
const ROUTE_LENGTH_MAX = 512

/** A route that was seen, and the cell that is open for it. */
export interface RouteSlot {
  readonly name: string
  readonly ignored: boolean
  cell: Cell | undefined
}

/** What all ignored routes have instead of a slot: they take no place and have no cell. */
const IGNORED: RouteSlot = Object.freeze({ name: '', ignored: true, cell: undefined })

/**
 * Finds the slot of (method, template) with two map look-ups and without building a string: the
 * name is made once, when the pair is first seen. At most `routesMax` pairs get a slot; all
 * others share one, named `OTHER`.
 */
export class RouteTable {
  readonly #byMethod = new Map<string, Map<string, RouteSlot>>()
  readonly #slots: RouteSlot[] = []
  readonly #other: RouteSlot = { name: OTHER_ROUTE, ignored: false, cell: undefined }
  readonly #routesMax: number
  readonly #ignored: ReadonlySet<string>

  constructor(routesMax: number, ignoreRoutes: readonly string[]) {
    this.#routesMax = routesMax
    this.#ignored = new Set(ignoreRoutes)
  }

  /** Returns the slot; a template that is undefined or no text counts as `METHOD /*`. */
  find(method: string, template: string | undefined): RouteSlot {
    const path = typeof template === 'string' && template !== '' ? template : UNMATCHED
    return this.#byMethod.get(method)?.get(path) ?? this.#add(method, path)
  }

  /** Routes that have a slot of their own. */
  get size(): number {
    return this.#slots.length
  }

  *slots(): Iterable<RouteSlot> {
    yield* this.#slots
    yield this.#other
  }

  #add(method: string, path: string): RouteSlot {
    const name = routeNameOf(method, path)
    // Before the limit: what is not counted at all must not be counted as OTHER either.
    if (this.#ignored.has(name)) return IGNORED
    if (this.#slots.length >= this.#routesMax) return this.#other
    const slot = { name, ignored: false, cell: undefined }
    const ofMethod = this.#byMethod.get(method) ?? new Map<string, RouteSlot>()
    this.#byMethod.set(method, ofMethod.set(path, slot))
    this.#slots.push(slot)
    return slot
  }
}

// A query begins with `?key=`; the `?` of an optional parameter (`/posts/:id?`) is part of a template.
const QUERY = /\?[^/?()=]+=.*$/su

/** `METHOD /template` as the gateway takes it: no query, one line of well-formed text, bounded. */
export function routeNameOf(method: string, path: string): string {
  return `${method} ${path.replace(QUERY, '')}`
    .slice(0, ROUTE_LENGTH_MAX)
    .replace(/\p{Cc}|\p{Surrogate}/gu, '\u{fffd}')
}
