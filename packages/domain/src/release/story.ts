// The grammar in which tests tell what happens to the releases of a service. Imported by tests only.
import type {
  EpochMs,
  PrincipalId,
  ReleaseEvent,
  SealedText,
  VersionName,
} from '@portcullis/contracts'

import { decideRelease } from './announce.ts'
import { decideReleaseCommand, type ReleaseCommand } from './decide.ts'
import { announced } from './fixtures.ts'
import { newestRelease } from './live.ts'
import { evolveRelease, type Release } from './state.ts'

const WORDS = {
  promote: 'promote_release',
  finish: 'finish_release',
  rollback: 'rollback_release',
  abort: 'abort_release',
  approve: 'approve_release',
  revoke: 'revoke_approval',
} as const
const NOTE: SealedText = { by: 'person_ann' as PrincipalId, sealed: 'c2VhbGVk' }

/** Something that is asked, or seen: `announce 2`, `see 2` or `bob approve 2`. */
export interface Step {
  readonly word: keyof typeof WORDS | 'announce' | 'see'
  readonly version: VersionName
  readonly by: PrincipalId
}

/** What came of a step. */
export interface Outcome {
  readonly events: readonly ReleaseEvent[]
  readonly rejected: string | null
}

/** Reads a step; whoever is not named is ann. */
export function stepIn(text: string): Step {
  const parts = text.trim().split(/ +/u)
  const [by, word, version] = parts.length === 3 ? parts : ['ann', ...parts]
  return {
    by: `person_${by}` as PrincipalId,
    word: word as Step['word'],
    version: version as VersionName,
  }
}

/** The releases of a service, to which steps happen one after another, ten milliseconds apart. */
export class Story {
  releases: readonly Release[] = []
  readonly log: ReleaseEvent[] = []
  #now = 0

  /** Decides a step and folds what comes of it. */
  take(step: Step): Outcome {
    this.#now += 10
    const outcome = this.#decided(step)
    for (const event of outcome.events) this.releases = folded(this.releases, event)
    this.log.push(...outcome.events)
    return outcome
  }

  #decided({ word, version, by }: Step): Outcome {
    if (word === 'announce' || word === 'see') {
      const source = word === 'see' ? 'metrics' : 'api'
      const same = this.releases.find((release) => release.version === version)
      const newest = newestRelease(this.releases)
      const seen = announced(version, this.#now, { source })
      return { events: decideRelease(seen, { same, newest }), rejected: null }
    }
    const context = { releases: this.releases, by, now: this.#now as EpochMs }
    const decision = decideReleaseCommand(commandOf(word, version), context)
    if ('rejected' in decision) return { events: [], rejected: decision.rejected }
    return { events: decision.events, rejected: null }
  }
}

/** Returns releases after an event, as the projection folds it: into the rows that the event names. */
export function folded(releases: readonly Release[], event: ReleaseEvent): readonly Release[] {
  const named = [event.data.version, ...('to' in event.data ? [event.data.to] : [])]
  const others = releases.filter(({ version }) => !named.includes(version))
  const changed = named
    .filter((version) => version !== null)
    .map((version) =>
      evolveRelease(
        releases.find((one) => one.version === version),
        event,
      ),
    )
  return [...others, ...changed]
}

/** Returns the releases in a line, by version; the newest has a star: `1 finished, 2 running*`. */
export function shown(releases: readonly Release[]): string {
  const newest = newestRelease(releases)
  return releases
    .toSorted((one, other) => (one.version < other.version ? -1 : 1))
    .map((release) => {
      const { version, life, approvals, run } = release
      const names = approvals.map(({ by }) => by.replace('person_', ''))
      const approved = names.length === 0 ? '' : ` (${names.join(' ')})`
      const runs = run === 1 ? '' : ` run ${run}`
      return `${version} ${life.status}${runs}${approved}${release === newest ? '*' : ''}`
    })
    .join(', ')
}

/** Returns what came of a step in a word: the event, the rejection, or `-` of a repetition. */
export function told({ events, rejected }: Outcome): string {
  if (rejected !== null) return rejected
  const words = events.map(({ type, data }) => {
    const to = 'to' in data && data.to !== null ? ` to ${data.to}` : ''
    return `${type.replace('release.', '')}${to}`
  })
  return words.length === 0 ? '-' : words.join(', ')
}

function commandOf(word: keyof typeof WORDS, version: VersionName): ReleaseCommand {
  const { service, environment } = announced(version, 0)
  const named = { service, environment, version, note: NOTE }
  const type = WORDS[word]
  return type === 'approve_release' ? { type, ...named, role: 'ops_admin' } : { type, ...named }
}
