import type { Labels, ServiceName, VersionName } from '@portcullis/contracts'
import { approvalsOf, newestRelease, runningVersions } from '@portcullis/domain'

import { type ReleaseRow } from '../releases/model.ts'
import { serviceKeyOf, type ServiceScope } from '../traffic/windows.ts'

const NO_VERSION = '' as VersionName

interface OfOneService extends ServiceScope {
  readonly rows: Map<VersionName, ReleaseRow>
}

/** What is to be released: a version, or the newest one where none is named. */
export interface AskedRelease extends ServiceScope {
  readonly version: VersionName | null
}

/** All releases, by service and environment. */
export class LiveReleases {
  readonly #services = new Map<string, OfOneService>()

  note(changed: readonly ReleaseRow[]): void {
    for (const row of changed) {
      const { service, environment } = row
      const key = serviceKeyOf(row)
      const known = this.#services.get(key) ?? { service, environment, rows: new Map() }
      known.rows.set(row.version, row)
      this.#services.set(key, known)
    }
  }

  labelsOf(asked: AskedRelease): Labels {
    return this.#find(asked)?.labels ?? {}
  }

  approvalsOf(asked: AskedRelease): ReturnType<typeof approvalsOf> {
    const release = this.#find(asked)
    return release === undefined ? [] : approvalsOf(release)
  }

  /** The services of which two versions run side by side. */
  *besides(): Iterable<ServiceScope & { readonly canary: ReleaseRow }> {
    for (const { service, environment, rows } of this.#services.values()) {
      const canary = rows.get(runningVersions([...rows.values()])?.canary ?? NO_VERSION)
      if (canary !== undefined) yield { service, environment, canary }
    }
  }

  /** Returns the version that went live last, of one service or of all. */
  newest(
    service: ServiceName | null,
    environment: ServiceScope['environment'],
  ): ReleaseRow | undefined {
    const rows = [...this.#services.values()]
      .filter((one) => {
        return one.environment === environment && (service === null || one.service === service)
      })
      .flatMap((one) => [...one.rows.values()])
    return newestRelease(rows)
  }

  #find({ version, ...scope }: AskedRelease): ReleaseRow | undefined {
    const rows = this.#services.get(serviceKeyOf(scope))?.rows
    if (rows === undefined) return undefined
    return version === null ? newestRelease([...rows.values()]) : rows.get(version)
  }
}
