import type { Command } from './command.ts'

/**
 * A command that can be called. It is loaded when it is: parsers, queues and projections take longer to load than many a
 * command takes to run.
 */
export interface CommandEntry {
  readonly name: string
  readonly load: () => Promise<Command>
}

/** Every command, in the order in which `--help` and docs/cli.md tell of them. */
export const COMMANDS: readonly CommandEntry[] = [
  one('guard', async () => (await import('./commands/guard.ts')).guard),
  one('explain', async () => (await import('./commands/explain.ts')).explain),
  one('verdicts', async () => (await import('./commands/verdicts.ts')).verdicts),
  one('policy lint', async () => (await import('./commands/policy-lint.ts')).policyLint),
  one('policy test', async () => (await import('./commands/policy-test.ts')).policyTest),
  one('policy schema', async () => (await import('./commands/policy-schema.ts')).policySchema),
  one('policy suggest', async () => (await import('./commands/policy-suggest.ts')).policySuggest),
  one('policy diff', async () => (await import('./commands/policy-diff.ts')).policyDiff),
  one('policy apply', async () => (await import('./commands/policy-apply.ts')).policyApply),
  one('policy list', async () => (await import('./commands/policy-list.ts')).policyList),
  one('policy show', async () => (await import('./commands/policy-show.ts')).policyShow),
  one('policy history', async () => (await import('./commands/policy-history.ts')).policyHistory),
  one('policy remove', async () => (await import('./commands/policy-remove.ts')).policyRemove),
  one('backtest', async () => (await import('./commands/backtest.ts')).backtest),
  one('freeze start', async () => (await import('./commands/freeze-start.ts')).freezeStart),
  one('freeze end', async () => (await import('./commands/freeze-end.ts')).freezeEnd),
  one('freeze list', async () => (await import('./commands/freeze-list.ts')).freezeList),
  one('waivers grant', async () => (await import('./commands/waivers-grant.ts')).waiversGrant),
  ...several(
    ['waivers approve', 'waivers revoke'],
    async () => (await import('./commands/waivers-second.ts')).waiversSecond,
  ),
  one('waivers list', async () => (await import('./commands/waivers-list.ts')).waiversList),
  one('slo import', async () => (await import('./commands/slo-import.ts')).sloImport),
  one('slo export', async () => (await import('./commands/slo-export.ts')).sloExport),
  one('releases list', async () => (await import('./commands/releases-list.ts')).releasesList),
  one('releases show', async () => (await import('./commands/releases-show.ts')).releasesShow),
  one(
    'releases announce',
    async () => (await import('./commands/releases-announce.ts')).releasesAnnounce,
  ),
  ...several(
    [
      'releases promote',
      'releases finish',
      'releases rollback',
      'releases abort',
      'releases approve',
      'releases revoke-approval',
    ],
    async () => (await import('./commands/releases-steer.ts')).releasesSteer,
  ),
  one('incidents list', async () => (await import('./commands/incidents-list.ts')).incidentsList),
  one('incidents show', async () => (await import('./commands/incidents-show.ts')).incidentsShow),
  ...several(
    [
      'incidents ack',
      'incidents unack',
      'incidents resolve',
      'incidents reopen',
      'incidents unsnooze',
      'incidents escalate',
      'incidents snooze',
      'incidents assign',
      'incidents severity',
      'incidents comment',
    ],
    async () => (await import('./commands/incidents-steer.ts')).incidentsSteer,
  ),
  one('queues', async () => (await import('./commands/queues-show.ts')).queuesShow),
  one('queues parked', async () => (await import('./commands/queues-parked.ts')).queuesParked),
  one('queues retry', async () => (await import('./commands/queues-retry.ts')).queuesRetry),
  one('queues discard', async () => (await import('./commands/queues-discard.ts')).queuesDiscard),
  one('keys create', async () => (await import('./commands/keys-create.ts')).keysCreate),
  one('keys list', async () => (await import('./commands/keys-list.ts')).keysList),
  one('keys revoke', async () => (await import('./commands/keys-revoke.ts')).keysRevoke),
  one('people list', async () => (await import('./commands/people-list.ts')).peopleList),
  one('people erase', async () => (await import('./commands/people-erase.ts')).peopleErase),
  one('verify', async () => (await import('./commands/verify.ts')).verify),
  one('checkpoint', async () => (await import('./commands/checkpoint.ts')).checkpoint),
  one('replay', async () => (await import('./commands/replay.ts')).replay),
  one('export', async () => (await import('./commands/export.ts')).exportCommand),
  one('import', async () => (await import('./commands/import.ts')).importCommand),
  one('config', async () => (await import('./commands/config.ts')).config),
  one('migrate', async () => (await import('./commands/migrate.ts')).migrate),
]

/** Loads commands, to tell of them. */
export async function loadCommands(entries: readonly CommandEntry[]): Promise<Command[]> {
  return Promise.all(entries.map(({ load }) => load()))
}

function one(name: string, load: () => Promise<Command>): CommandEntry {
  return { name, load }
}

/** Commands of one module, each of them known to it by its name. */
function several(
  names: readonly string[],
  load: () => Promise<readonly Command[]>,
): CommandEntry[] {
  return names.map((name) => ({
    name,
    load: async () => (await load()).find((command) => command.name === name)!,
  }))
}
