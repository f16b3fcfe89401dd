import { type EventType, eventSchemas } from '@portcullis/contracts'

/** Turns the data of one event type from one schema version into the next. Pure. */
export interface Upcaster {
  readonly type: EventType
  /** The version it reads; it returns data of the version after. */
  readonly from: number
  readonly upcast: (data: unknown) => unknown
}

/** Knows the newest schema version of every event type, and the way there from older ones. */
export interface Upcasting {
  /** The version with which an event of this type is written today. */
  newestVersion(type: EventType): number
  /**
   * Returns `data` as the newest version has it; the same object when it is of that version.
   *
   * Throws for a type or a version that this code does not know: a newer Portcullis wrote it, and
   * a fold that leaves it out would be wrong without saying so.
   */
  upcast(type: string, version: number, data: unknown): unknown
}

/**
 * Returns the upcasting that `upcasters` add up to, given in the order of their versions. A stored
 * event is never rewritten; it is brought up to date whenever it is read.
 *
 * Throws when a chain has a gap: then some stored version could not be read.
 */
export function createUpcasting(upcasters: readonly Upcaster[]): Upcasting {
  const chains = new Map<string, Upcaster[]>(Object.keys(eventSchemas).map((type) => [type, []]))
  for (const upcaster of upcasters) {
    const chain = chains.get(upcaster.type)!
    if (upcaster.from !== chain.length + 1) {
      throw new Error(
        `The upcasters of ${upcaster.type} have version ${upcaster.from} where ${chain.length + 1} is due.`,
      )
    }
    chain.push(upcaster)
  }
  return {
    newestVersion: (type) => chains.get(type)!.length + 1,
    upcast: (type, version, data) => {
      const chain = chains.get(type)
      const newest = chain === undefined ? 0 : chain.length + 1
      if (chain === undefined || version > newest || version < 1) {
        throw new Error(
          `The log holds ${type} in version ${version}, which this version of Portcullis cannot read.`,
        )
      }
      if (version === newest) return data
      return chain.slice(version - 1).reduce((older, { upcast }) => upcast(older), data)
    },
  }
}

/** The upcasting of this version; a type that is not named here is still at its first schema. */
export const upcasting: Upcasting = createUpcasting([
  // Releases had no labels.
  {
    type: 'release.announced',
    from: 1,
    upcast: (data) => ({ ...(data as object), labels: {} }),
  },
  // There were no policies.
  {
    type: 'verdict.changed',
    from: 1,
    upcast: (data) => ({ ...(data as object), policies: [] }),
  },
  // Nobody was told, and what was before stands in the event before.
  {
    type: 'verdict.changed',
    from: 2,
    upcast: (data) => ({ ...(data as object), previous: null, notify: [] }),
  },
])
