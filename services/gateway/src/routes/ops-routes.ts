import type { Gateway } from '../zod-routes.ts'
import { addCommandStatus, type CommandStatusOptions } from './commands/routes.ts'
import { addEscalation, type EscalationOptions } from './escalation/routes.ts'
import { addFreezes, type FreezeOptions } from './freezes/routes.ts'
import { addIncidents, type IncidentOptions } from './incidents/routes.ts'
import { addNotifications, type NotificationOptions } from './notifications/routes.ts'
import { addPolicies, type PolicyOptions } from './policies/routes.ts'
import { addPolicySuggestions, type PolicySuggestionOptions } from './policy-suggestions/routes.ts'
import { addProjects, type ProjectOptions } from './projects/routes.ts'
import { addReleases, type ReleaseOptions } from './releases/routes.ts'
import { addSentryLink, type SentryLinkOptions } from './sentry-link/routes.ts'
import { addVerdicts, type VerdictOptions } from './verdicts/routes.ts'
import { addWaivers, type WaiverOptions } from './waivers/routes.ts'

/** What the routes for people and pipelines need, all together. */
export type OpsOptions = CommandStatusOptions &
  EscalationOptions &
  FreezeOptions &
  IncidentOptions &
  NotificationOptions &
  PolicyOptions &
  PolicySuggestionOptions &
  ProjectOptions &
  ReleaseOptions &
  SentryLinkOptions &
  VerdictOptions &
  WaiverOptions

const NOUNS: readonly ((scope: Gateway, options: OpsOptions) => Promise<void>)[] = [
  addCommandStatus,
  addEscalation,
  addFreezes,
  addIncidents,
  addNotifications,
  addPolicies,
  addPolicySuggestions,
  addProjects,
  addReleases,
  addSentryLink,
  addVerdicts,
  addWaivers,
]

/** Incidents and what belongs to them: commands, escalation, notifications, releases, projects. */
export async function addOps(app: Gateway, options: OpsOptions): Promise<void> {
  for (const add of NOUNS) await app.register((scope: Gateway) => add(scope, options))
}
