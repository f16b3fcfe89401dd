import { type Command, defineCommand, JSON_OPTION } from '../command.ts'
import { REASON_OPTION } from './incident-command.ts'
import { ENVIRONMENT_OPTION, RELEASE, releaseCommand } from './release-command.ts'

const WORDS = [
  ['promote', 'say that all traffic goes to a release'],
  ['finish', 'say that a release is the baseline now'],
  ['rollback', 'say that a release was live and was taken back'],
  ['abort', 'say that a release goes no further'],
  ['approve', 'say yes to a release; each person or key counts once'],
  ['revoke-approval', 'take one’s own yes to a release back'],
] as const

/** What becomes of a release, one command each: each posts to `/v1/releases/<word>`. */
export const releasesSteer: readonly Command[] = WORDS.map(([word, summary]) =>
  defineCommand({
    name: `releases ${word}`,
    summary,
    arguments: RELEASE,
    options: { environment: ENVIRONMENT_OPTION, reason: REASON_OPTION, json: JSON_OPTION },
    examples: ['shop 1.4.2', 'shop 1.4.2 --environment staging --reason "p95 is calm"'],
    run: (cli, { environment, reason, json }, [service, version]) => {
      const body = { service, version, environment, reason }
      return releaseCommand(cli, { path: `/v1/releases/${word}`, body }, { json })
    },
  }),
)
