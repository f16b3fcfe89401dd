import { defineCommand, JSON_OPTION } from '../command.ts'
import { labelsOf } from '../terminal/labels.ts'
import { ENVIRONMENT_OPTION, RELEASE, releaseCommand } from './release-command.ts'

export const releasesAnnounce = defineCommand({
  name: 'releases announce',
  summary: 'say that a version went live',
  details:
    'Said again it adds what is new; of an older version it is a roll-back, and of one that is\n' +
    'finished, rolled back or aborted it begins the next run, which needs new approvals.',
  arguments: RELEASE,
  options: {
    environment: ENVIRONMENT_OPTION,
    commit: { type: 'string', value: 'HASH', description: 'what it was built from' },
    url: { type: 'string', value: 'URL', description: 'where one reads more, like a pipeline' },
    label: {
      type: 'string',
      value: 'KEY=VALUE',
      multiple: true,
      description: 'policies select by it; any number of them',
    },
    at: { type: 'string', value: 'INSTANT', description: 'when, as 2026-11-23T10:00:00Z' },
    json: JSON_OPTION,
  },
  examples: ['shop 1.4.2', 'shop 1.4.2 --commit 9fceb02 --label tier=gold --label hotfix=true'],
  run: (cli, { json, label, ...told }, [service, version]) => {
    const body = { service, version, ...told, labels: labelsOf('label', label) }
    return releaseCommand(cli, { path: '/v1/releases', body }, { json })
  },
})
