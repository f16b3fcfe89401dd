import { alarmModel } from './alarms/model.ts'
import { apiKeyModel } from './api-keys/model.ts'
import { incidentModel } from './incidents/model.ts'
import { lossModel } from './losses/model.ts'
import { notificationModel } from './notifications/model.ts'
import { outcomeModel } from './outcomes/model.ts'
import { policyModel } from './policies/model.ts'
import type { ReadModel } from './read-model.ts'
import { releaseModel } from './releases/model.ts'
import { waiverModel } from './waivers/model.ts'

/**
 * Every read model that is folded from events, in the order in which their rows are written.
 * Incidents come first: their rows are the ones that others lock.
 */
export const eventModels: readonly ReadModel<unknown>[] = [
  incidentModel,
  alarmModel,
  notificationModel,
  outcomeModel,
  releaseModel,
  apiKeyModel,
  lossModel,
  policyModel,
  waiverModel,
]
