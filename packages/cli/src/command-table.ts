import type { Command } from './command.ts'
import { checkpoint } from './commands/checkpoint.ts'
import { config } from './commands/config.ts'
import { explain } from './commands/explain.ts'
import { exportCommand } from './commands/export.ts'
import { freezeEnd } from './commands/freeze-end.ts'
import { freezeList } from './commands/freeze-list.ts'
import { freezeStart } from './commands/freeze-start.ts'
import { guard } from './commands/guard.ts'
import { importCommand } from './commands/import.ts'
import { incidentsList } from './commands/incidents-list.ts'
import { incidentsShow } from './commands/incidents-show.ts'
import { incidentsSteer } from './commands/incidents-steer.ts'
import { keysCreate } from './commands/keys-create.ts'
import { keysList } from './commands/keys-list.ts'
import { keysRevoke } from './commands/keys-revoke.ts'
import { migrate } from './commands/migrate.ts'
import { peopleErase } from './commands/people-erase.ts'
import { peopleList } from './commands/people-list.ts'
import { policyApply } from './commands/policy-apply.ts'
import { policyDiff } from './commands/policy-diff.ts'
import { policyHistory } from './commands/policy-history.ts'
import { policyLint } from './commands/policy-lint.ts'
import { policyList } from './commands/policy-list.ts'
import { policyRemove } from './commands/policy-remove.ts'
import { policySchema } from './commands/policy-schema.ts'
import { policyShow } from './commands/policy-show.ts'
import { policyTest } from './commands/policy-test.ts'
import { queuesDiscard } from './commands/queues-discard.ts'
import { queuesParked } from './commands/queues-parked.ts'
import { queuesRetry } from './commands/queues-retry.ts'
import { queuesShow } from './commands/queues-show.ts'
import { releasesAnnounce } from './commands/releases-announce.ts'
import { releasesList } from './commands/releases-list.ts'
import { releasesShow } from './commands/releases-show.ts'
import { releasesSteer } from './commands/releases-steer.ts'
import { replay } from './commands/replay.ts'
import { sloExport } from './commands/slo-export.ts'
import { sloImport } from './commands/slo-import.ts'
import { verdicts } from './commands/verdicts.ts'
import { verify } from './commands/verify.ts'
import { waiversGrant } from './commands/waivers-grant.ts'
import { waiversList } from './commands/waivers-list.ts'
import { waiversSecond } from './commands/waivers-second.ts'

/** Every command, in the order in which `--help` and docs/cli.md tell of them. */
export const COMMANDS: readonly Command[] = [
  guard,
  explain,
  verdicts,
  policyLint,
  policyTest,
  policySchema,
  policyDiff,
  policyApply,
  policyList,
  policyShow,
  policyHistory,
  policyRemove,
  freezeStart,
  freezeEnd,
  freezeList,
  waiversGrant,
  ...waiversSecond,
  waiversList,
  sloImport,
  sloExport,
  releasesList,
  releasesShow,
  releasesAnnounce,
  ...releasesSteer,
  incidentsList,
  incidentsShow,
  ...incidentsSteer,
  queuesShow,
  queuesParked,
  queuesRetry,
  queuesDiscard,
  keysCreate,
  keysList,
  keysRevoke,
  peopleList,
  peopleErase,
  verify,
  checkpoint,
  replay,
  exportCommand,
  importCommand,
  config,
  migrate,
]
