import { DEFAULT_PROJECT } from '@portcullis/contracts'

import type { GatewayDeps } from './compose.ts'
import { dataKeysIn } from './people-seal/data-keys.ts'
import { createPeopleSeal } from './people-seal/people-seal.ts'
import { createEscalationHealth } from './routes/escalation/escalation-health.ts'
import type { OpsOptions } from './routes/ops-routes.ts'
import { namesIn } from './store/names.ts'
import { peopleIn, peopleNamedIn } from './store/people.ts'
import type { CountHit } from './store/shared-hits.ts'

/** Puts together what the routes for people and pipelines need. */
export function opsOf(deps: GatewayDeps, countHit: CountHit): OpsOptions {
  const { config, db, clock, desk, past } = deps
  const project = DEFAULT_PROJECT
  return {
    project,
    db,
    past,
    log: deps.log,
    clock,
    desk,
    countHit,
    seal: createPeopleSeal(dataKeysIn(db, project, clock), clock),
    namesFor: namesIn(db, project, clock),
    personNamed: peopleNamedIn(db, project, peopleIn(db, project, clock)),
    escalationHealth: createEscalationHealth({
      db,
      project,
      escalation: config.escalation,
      behindMs: config.guard.behindMs,
    }),
    sentryUrl: config.guard.sentryUrl,
    approvals: config.guard.waiverApprovals,
    limits: config.limits,
    readsPerMinute: config.limits.readsPerMinute,
  }
}
