import type { Labels, VersionName } from '@portcullis/contracts'
import { approvalsOf, newestRelease, runningVersions } from '@portcullis/domain'

import type { ReleaseRow } from '../releases/model.ts'
import { serviceKeyOf, type ServiceScope } from '../traffic/windows.ts'
import type { AskedScope } from './live-incidents.ts'

interface OfOneService extends ServiceScope {
  readonly rows: Map<VersionName, ReleaseRow>
  readonly newest: ReleaseRow | undefined
  /** The release that runs beside another one. */
  readonly canary: ReleaseRow | undefined
}

/** SQL for the releases of project $1 that changed after position $2: one JSON value, null where none did. */
export const RELEASES_CHANGED = `select json_agg(changed) from releases as changed
  where changed.project_id = $1 and changed.position > $2`

/** What is to be released: a version, or the newest one where none is named. */
export interface AskedRelease extends ServiceScope {
  readonly version: VersionName | null
}

/** All releases, by service and environment. Which of them run is worked out when one changes, not when somebody asks. */
export class LiveReleases {
  readonly #services = new Map<string, OfOneService>()

  note(changed: readonly ReleaseRow[]): void {
    for (const [key, ofOne] of Map.groupBy(changed, serviceKeyOf)) {
      const rows = this.#services.get(key)?.rows ?? new Map<VersionName, ReleaseRow>()
      for (const row of ofOne) rows.set(row.version, row)
      const { service, environment } = ofOne[0]!
      const all = [...rows.values()]
      const running = runningVersions(all)
      const canary = running === null ? undefined : rows.get(running.canary)
      this.#services.set(key, { service, environment, rows, newest: newestRelease(all), canary })
    }
  }

  labelsOf(asked: AskedRelease): Labels {
    return this.#find(asked)?.labels ?? {}
  }

  approvalsOf(asked: AskedRelease): ReturnType<typeof approvalsOf> {
    const release = this.#find(asked)
    return release === undefined ? [] : approvalsOf(release)
  }

  /** Whether the run of a release came to its end, and it was not taken back. */
  isFinished(asked: AskedRelease): boolean {
    return this.#find(asked)?.life.status === 'finished'
  }

  /** The services of which two versions run side by side. */
  *besides(): Iterable<ServiceScope & { readonly canary: ReleaseRow }> {
    for (const { service, environment, canary } of this.#services.values()) {
      if (canary !== undefined) yield { service, environment, canary }
    }
  }

  /** Returns the release that went live last and was not taken back since, of one service or of all. */
  newest({ service, environment }: AskedScope): ReleaseRow | undefined {
    if (service !== null) return this.#services.get(serviceKeyOf({ service, environment }))?.newest
    const ofEach = [...this.#services.values()].filter((one) => one.environment === environment)
    return newestRelease(ofEach.flatMap(({ newest }) => newest ?? []))
  }

  #find({ version, ...scope }: AskedRelease): ReleaseRow | undefined {
    const known = this.#services.get(serviceKeyOf(scope))
    return version === null ? known?.newest : known?.rows.get(version)
  }
}
