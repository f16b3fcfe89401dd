import type {
  EnvironmentName,
  EpochMs,
  IncidentId,
  ServiceName,
  VersionName,
} from '@portcullis/contracts'
import t from 'tap'

import { type IncidentSpan, scoreReleases, type TriedRelease } from './score-releases.ts'

const HORIZON_MS = 100

const release = (at: number, isHeld: boolean, service = 'shop', environment = 'production') => ({
  ...{ service: service as ServiceName, environment: environment as EnvironmentName },
  ...{ version: `v${at}` as VersionName, at: at as EpochMs, isHeld, reasons: [] },
})

const incident = (
  [openedAt, endedAt]: readonly [number, number],
  service = 'shop',
  environment = 'production',
): IncidentSpan => ({
  id: `${service}-${openedAt}` as IncidentId,
  ...{ service: service as ServiceName, environment: environment as EnvironmentName },
  ...{ openedAt: openedAt as EpochMs, endedAt: endedAt as EpochMs },
})

const NOTHING = {
  ...{ held: 0, followed: 0, heldAndFollowed: 0 },
  ...{ precision: null, recall: null, incidentMs: 0 },
}

const TABLE: readonly {
  readonly name: string
  readonly releases: readonly TriedRelease[]
  readonly incidents: readonly IncidentSpan[]
  readonly score: Partial<typeof NOTHING> | Readonly<Record<string, number | null>>
  /** For each release, when the incidents opened that followed it. */
  readonly after: readonly (readonly number[])[]
}[] = [
  { name: 'no release', releases: [], incidents: [incident([1, 2])], score: {}, after: [] },
  {
    name: 'one let through that nothing followed',
    releases: [release(0, false)],
    ...{ incidents: [], score: {}, after: [[]] },
  },
  {
    name: 'one held that nothing followed',
    releases: [release(0, true)],
    ...{ incidents: [], score: { held: 1, precision: 0 }, after: [[]] },
  },
  {
    name: 'one let through that an incident followed',
    releases: [release(0, false)],
    incidents: [incident([1, 31])],
    score: { followed: 1, recall: 0 },
    after: [[1]],
  },
  {
    name: 'one held that an incident followed',
    releases: [release(0, true)],
    incidents: [incident([1, 31])],
    score: {
      ...{ held: 1, followed: 1, heldAndFollowed: 1 },
      ...{ precision: 1, recall: 1, incidentMs: 30 },
    },
    after: [[1]],
  },
  {
    name: 'an incident follows after the release, and until the horizon',
    releases: [release(10, false)],
    incidents: [incident([10, 20]), incident([11, 20]), incident([110, 120]), incident([111, 120])],
    score: { followed: 1, recall: 0 },
    after: [[11, 110]],
  },
  {
    name: 'an incident of another service or environment follows nothing',
    releases: [release(0, true)],
    incidents: [incident([1, 2], 'billing'), incident([1, 2], 'shop', 'staging')],
    score: { held: 1, precision: 0 },
    after: [[]],
  },
  {
    name: 'an incident that followed two held releases counts once',
    releases: [release(0, true), release(5, true), release(6, false)],
    incidents: [incident([7, 17])],
    score: {
      ...{ held: 2, followed: 3, heldAndFollowed: 2 },
      ...{ precision: 1, recall: 2 / 3, incidentMs: 10 },
    },
    after: [[7], [7], [7]],
  },
]

for (const { name, releases, incidents, score, after } of TABLE) {
  t.test(name, async (t) => {
    const { releases: scored, ...found } = scoreReleases(releases, incidents, HORIZON_MS)
    t.strictSame(found, { ...NOTHING, ...score })
    t.strictSame(
      scored.map((one) => one.incidents.map(({ openedAt }) => openedAt)),
      after,
    )
  })
}
