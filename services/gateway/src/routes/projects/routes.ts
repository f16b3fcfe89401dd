import type { ProjectId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'
import {
  countRoutesByService,
  countUnresolved,
  type RouteCount,
  type UnresolvedCount,
} from '@portcullis/projections'
import { z } from 'zod'

import { addLocalRateLimits, limited } from '../../plugins/rate-limits.ts'
import type { Gateway } from '../../zod-routes.ts'

export interface ProjectOptions {
  readonly db: Db
  readonly project: ProjectId
  readonly readsPerMinute: number
}

const Count = z.int().nonnegative()
const Service = z.object({
  service: z.string(),
  environment: z.string(),
  routes: Count.describe('Counted by name; what is beyond the cap is in `OTHER`'),
  open_incidents: Count,
  acknowledged_incidents: Count,
})
type Service = z.infer<typeof Service>

const Answer = z.object({
  projects: z.array(z.object({ id: z.string(), services: z.array(Service) })),
})

/** `GET /projects`: the services and environments that are known, by metrics or by an incident. */
export async function addProjects(
  scope: Gateway,
  { db, project, readsPerMinute }: ProjectOptions,
): Promise<void> {
  await addLocalRateLimits(scope)
  scope.get(
    '/projects',
    {
      config: {
        access: 'ops:read',
        rateLimit: limited({ kind: 'read', perMinute: readsPerMinute, when: 'early' }),
        docs: {
          tag: 'Projects',
          summary: 'Services and environments, with their routes and incidents counted',
          answers: { 200: { description: 'In the order of their names.', schema: Answer } },
        },
      },
    },
    async () => {
      const [routes, unresolved] = await Promise.all([
        countRoutesByService(db, project),
        countUnresolved(db, project),
      ])
      return { projects: [{ id: project, services: servicesOf(routes, unresolved) }] }
    },
  )
}

function servicesOf(
  routes: readonly RouteCount[],
  unresolved: readonly UnresolvedCount[],
): Service[] {
  const found = new Map<string, Service>()
  const at = ({ service, environment }: { service: string; environment: string }): Service => {
    const key = JSON.stringify([service, environment])
    const known = found.get(key)
    if (known !== undefined) return known
    const nothing = { routes: 0, open_incidents: 0, acknowledged_incidents: 0 }
    const made: Service = { service, environment, ...nothing }
    found.set(key, made)
    return made
  }
  for (const one of routes) at(one).routes = one.routes
  for (const one of unresolved) {
    at(one).open_incidents = one.open
    at(one).acknowledged_incidents = one.acknowledged
  }
  return [...found.values()].toSorted(byName)
}

function byName(a: Service, b: Service): number {
  if (a.service !== b.service) return a.service < b.service ? -1 : 1
  return a.environment < b.environment ? -1 : 1
}
