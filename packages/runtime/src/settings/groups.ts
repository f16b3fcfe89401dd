import { accessSettings } from './access.ts'
import { escalationSettings } from './escalation.ts'
import { guardSettings } from './guard.ts'
import { httpSettings } from './http.ts'
import { limitSettings } from './limits.ts'
import { logSettings } from './log.ts'
import { notificationSettings } from './notification.ts'
import { retentionSettings } from './retention.ts'
import type { Setting, SettingGroup, Slice } from './setting.ts'
import { sloSettings } from './slo.ts'
import { storageSettings } from './storage.ts'

/** All settings there are, in the order in which they are described. */
export const settingGroups = {
  http: httpSettings,
  storage: storageSettings,
  access: accessSettings,
  guard: guardSettings,
  slo: sloSettings,
  escalation: escalationSettings,
  notification: notificationSettings,
  limits: limitSettings,
  retention: retentionSettings,
  log: logSettings,
} as const satisfies Record<string, SettingGroup>

export type SettingGroupName = keyof typeof settingGroups

/** Every setting's value, a slice per group; frozen. Parts take the slices they need as arguments. */
export type Config = { readonly [Name in SettingGroupName]: Slice<(typeof settingGroups)[Name]> }

/** What each group is about, for people who read the list of settings. */
export const groupTitles: Readonly<Record<SettingGroupName, string>> = {
  http: 'Gateway',
  storage: 'Storage',
  access: 'Access',
  guard: 'Release guard',
  slo: 'Service level objectives',
  escalation: 'Escalation',
  notification: 'Notifications',
  limits: 'Limits',
  retention: 'Retention',
  log: 'Logs',
}

/** Returns every setting with its place in the configuration. */
export function allSettings(): readonly {
  readonly group: SettingGroupName
  readonly key: string
  readonly setting: Setting<unknown>
}[] {
  return (Object.keys(settingGroups) as SettingGroupName[]).flatMap((group) =>
    Object.entries<Setting<unknown>>(settingGroups[group]).map(([key, setting]) => ({
      group,
      key,
      setting,
    })),
  )
}
