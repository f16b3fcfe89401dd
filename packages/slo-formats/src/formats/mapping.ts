import type { Path, Report } from '../finding.ts'

/** A mapping of a document. It knows which of its members were read, so that none is dropped in silence. */
export interface Mapping {
  readonly path: Path
  readonly keys: readonly string[]
  /** Returns a member as it is, and undefined for one that is empty. From then on it counts as read. */
  readonly take: (key: string) => unknown
  /** Tells of the members that nobody read. */
  readonly leaveRest: (instead?: string) => void
}

/** Returns a mapping to read from; undefined, and refused, where the value is none. */
export function mappingOf(value: unknown, path: Path, report: Report): Mapping | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return report.refuse({ path }, 'must be a mapping', 'write it as the format has it')
  }
  const members = new Map(Object.entries(value))
  const unread = new Set([...members].flatMap(([key, member]) => (member === null ? [] : [key])))
  return {
    path,
    keys: [...members.keys()],
    take: (key) => {
      unread.delete(key)
      return members.get(key) ?? undefined
    },
    leaveRest: (instead = 'nothing, unless it matters to you') => {
      for (const key of unread) {
        report.leaveOut({ path: [...path, key], part: 'key' }, 'has no counterpart here', instead)
      }
    },
  }
}

/** Returns a text that may be missing. */
export function optionalText(from: Mapping, key: string, report: Report): string | undefined {
  const value = from.take(key)
  if (value === undefined || typeof value === 'string') return value
  return report.refuse({ path: [...from.path, key] }, 'must be text', 'put it in quotation marks')
}

/** Returns a text that must be there. */
export function requiredText(from: Mapping, key: string, report: Report): string | undefined {
  const value = from.take(key)
  if (typeof value === 'string' && value !== '') return value
  const what = value === undefined || value === '' ? 'is missing' : 'must be text'
  return report.refuse({ path: [...from.path, key] }, what, 'write it as the format has it')
}

/** Returns a mapping that must be there. */
export function requiredMapping(from: Mapping, key: string, report: Report): Mapping | undefined {
  const value = from.take(key)
  const path = [...from.path, key]
  if (value === undefined)
    return report.refuse({ path }, 'is missing', 'write it as the format has it')
  return mappingOf(value, path, report)
}

/** Returns a mapping that may be missing; undefined as well where it is none, which is refused. */
export function optionalMapping(from: Mapping, key: string, report: Report): Mapping | undefined {
  const value = from.take(key)
  return value === undefined ? undefined : mappingOf(value, [...from.path, key], report)
}

/** Returns the members of a list, none where it is missing. */
export function listOf(from: Mapping, key: string, report: Report): readonly unknown[] {
  const value = from.take(key)
  if (value === undefined) return []
  if (Array.isArray(value)) return value
  report.refuse({ path: [...from.path, key] }, 'must be a list', 'write it as the format has it')
  return []
}
