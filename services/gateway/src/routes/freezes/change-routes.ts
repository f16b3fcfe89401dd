import {
  type EpochMs,
  InstantInput,
  instantOf,
  Labels,
  lineOf,
  POLICY_API_VERSION,
  PolicyName,
  secondStartOf,
  Selector,
  STARTED_LABEL,
  type StoredCommand,
} from '@portcullis/contracts'
import { versionOf } from '@portcullis/policy-files'
import { isoOf } from '@portcullis/projections'
import { randomToken } from '@portcullis/runtime'
import { z } from 'zod'

import { answerCommand, type CommandCounter } from '../../commands/answer-command.ts'
import { commandConfig, type CommandLimits } from '../../commands/command-config.ts'
import { CommandHeaders } from '../../commands/command-request.ts'
import { addSharedRateLimits } from '../../plugins/rate-limits.ts'
import { problem } from '../../problem/problem.ts'
import type { CountHit } from '../../store/shared-hits.ts'
import type { Gateway } from '../../zod-routes.ts'
import { ChangesAnswer } from '../policies/schemas.ts'

/** What changes of freezes need. */
export interface FreezeChangeOptions extends CommandCounter {
  readonly countHit: CountHit
  readonly limits: CommandLimits
}

type StartFreeze = Extract<StoredCommand, { type: 'start_freeze' }>

const StartBody = z.strictObject({
  name: PolicyName.optional().describe('Made from the day when left out'),
  reason: lineOf(200).describe('Shown in verdicts; not encrypted, so without names of people'),
  until: InstantInput,
  selector: Selector.omit({ hours: true }).optional().describe('All releases when left out'),
  exceptLabels: Labels.optional().describe('Releases with one of these labels go through'),
})

const CHANGED = { description: 'What changed.', schema: ChangesAnswer }

const EXAMPLE = `curl -X POST 'http://127.0.0.1:3000/v1/freezes' \\
  -H "Authorization: Bearer $PORTCULLIS_TOKEN" -H 'Content-Type: application/json' \\
  -d '{"reason":"The payment provider is down.","until":"2026-12-01T12:00:00Z",
       "selector":{"services":["checkout*"]},"exceptLabels":{"hotfix":"true"}}'`

/** `POST /v1/freezes` and `POST /v1/freezes/:name/end`. */
export async function addFreezeChanges(
  scope: Gateway,
  options: FreezeChangeOptions,
): Promise<void> {
  await addSharedRateLimits(scope, options.countHit)
  addStart(scope, options)
  addEnd(scope, options)
}

function addStart(scope: Gateway, options: FreezeChangeOptions): void {
  scope.post(
    '/v1/freezes',
    {
      schema: { body: StartBody, headers: CommandHeaders },
      config: commandConfig({
        access: 'policies:write',
        kind: 'command',
        limits: options.limits,
        docs: {
          tag: 'Freezes',
          summary: 'Freeze releases from now until an instant',
          description:
            'Puts a `Freeze` document in force, which is shown, and can be removed, as all ' +
            'policies are. `prune` leaves it alone.',
          example: EXAMPLE,
          answers: { 200: CHANGED },
          problems: ['FREEZE_STATE_FORBIDS', 'POLICIES_DO_NOT_FIT'],
        },
      }),
    },
    async (request, reply) => {
      const command = startIn(request.body, options.clock.now())
      return answerCommand({ request, reply }, options, { incidentId: null, command })
    },
  )
}

function startIn(
  { name, reason, until, selector, exceptLabels }: z.output<typeof StartBody>,
  now: EpochMs,
): StartFreeze {
  const document = {
    apiVersion: POLICY_API_VERSION,
    kind: 'Freeze',
    metadata: { name: name ?? newName(now), labels: { [STARTED_LABEL]: 'true' } },
    spec: {
      reason,
      // Verdicts are as of whole seconds: it holds in the one in which it was started.
      schedule: { from: isoOf(secondStartOf(now)), to: isoOf(instantOf(until)) },
      ...(selector === undefined ? {} : { selector }),
      ...(exceptLabels === undefined ? {} : { exceptLabels }),
    },
  }
  // Parsed from JSON, and nothing but texts was added.
  const written = document as StartFreeze['document']
  return { type: 'start_freeze', version: versionOf(written), document: written }
}

/** Three bytes of chance tell freezes of a day apart; as hex, for a name has no capitals. */
function newName(now: EpochMs): string {
  const chance = Buffer.from(randomToken(3), 'base64url').toString('hex')
  return `freeze-${isoOf(now).slice(0, 10)}-${chance}`
}

function addEnd(scope: Gateway, options: FreezeChangeOptions): void {
  scope.post(
    '/v1/freezes/:name/end',
    {
      schema: {
        params: z.object({ name: z.string() }),
        body: z.strictObject({}).nullish(),
        headers: CommandHeaders,
      },
      config: commandConfig({
        access: 'policies:write',
        kind: 'command',
        limits: options.limits,
        docs: {
          tag: 'Freezes',
          summary: 'End a freeze before its time',
          description:
            'Takes its document out of force; its history keeps it, and who ended it. One that ' +
            'comes again by a rule is not ended so.',
          answers: { 200: CHANGED },
          problems: ['NOT_FOUND', 'FREEZE_STATE_FORBIDS'],
        },
      }),
    },
    async (request, reply) => {
      const command = { type: 'end_freeze', name: nameIn(request.params.name) } as const
      return answerCommand({ request, reply }, options, { incidentId: null, command })
    },
  )
}

function nameIn(text: string): PolicyName {
  const parsed = PolicyName.safeParse(text)
  if (parsed.success) return parsed.data
  throw problem('NOT_FOUND', { detail: 'no freeze of that name is in force' })
}
