import type { ProjectId } from '@portcullis/contracts'
import { decideApply, policyKeyOf } from '@portcullis/domain'
import type { Db } from '@portcullis/event-log'
import { appliedPolicies, readPolicies } from '@portcullis/projections'
import { z } from 'zod'

import { answerCommand, type CommandCounter } from '../../commands/answer-command.ts'
import { commandConfig, type CommandLimits } from '../../commands/command-config.ts'
import { CommandHeaders } from '../../commands/command-request.ts'
import { problemOfPolicyRefusal } from '../../commands/rejection.ts'
import { addYamlBodies } from '../../plugins/bodies.ts'
import { addSharedRateLimits } from '../../plugins/rate-limits.ts'
import type { CountHit } from '../../store/shared-hits.ts'
import type { Gateway } from '../../zod-routes.ts'
import {
  DOCUMENTS_BYTES_MAX,
  DocumentsBody,
  documentsIn,
  type GivenDocuments,
} from './read-documents.ts'
import { PolicyParams, policyIn } from './read-routes.ts'
import { ChangesAnswer, DryRunAnswer } from './schemas.ts'

/** What changes of policies need. */
export interface PolicyChangeOptions extends CommandCounter {
  readonly db: Db
  readonly project: ProjectId
  readonly countHit: CountHit
  readonly limits: CommandLimits
}

const flag = z
  .enum(['true', 'false'])
  .transform((text) => text === 'true')
  .default(false)
const ApplyQuery = z.strictObject({
  prune: flag.describe('Whatever is not among the documents is removed'),
  dry_run: flag.describe('Only says what would change'),
})

const DESCRIPTION = `All documents are put in force, or none. One whose version is in force already changes
nothing, so that the same files can be sent as often as one likes.

A body of \`application/yaml\` is a policy file; in JSON the documents are a list. With \`dry_run=true\`
nothing is changed, and the answer has each document as it is and as it would be.`

const EXAMPLE = `curl -X POST 'http://127.0.0.1:3000/v1/policies?dry_run=true' \\
  -H "Authorization: Bearer $PORTCULLIS_TOKEN" -H 'Content-Type: application/yaml' \\
  --data-binary @checkout.yaml`

const CHANGED = { description: 'What changed.', schema: ChangesAnswer }

/** `POST /v1/policies` and `DELETE /v1/policies/:kind/:name`. */
export async function addPolicyChanges(
  scope: Gateway,
  options: PolicyChangeOptions,
): Promise<void> {
  addYamlBodies(scope)
  await addSharedRateLimits(scope, options.countHit)
  addApplication(scope, options)
  addRemoval(scope, options)
}

function addApplication(scope: Gateway, options: PolicyChangeOptions): void {
  scope.post(
    '/v1/policies',
    {
      bodyLimit: DOCUMENTS_BYTES_MAX,
      schema: { querystring: ApplyQuery, headers: CommandHeaders },
      config: commandConfig({
        access: 'policies:write',
        kind: 'command',
        limits: options.limits,
        docs: {
          tag: 'Policies',
          summary: 'Put policies, objectives and freezes in force',
          description: DESCRIPTION,
          example: EXAMPLE,
          body: { 'application/json': DocumentsBody, 'application/yaml': z.string() },
          answers: {
            200: { ...CHANGED, schema: z.union([ChangesAnswer, DryRunAnswer]) },
          },
          problems: ['POLICIES_DO_NOT_FIT'],
        },
      }),
    },
    async (request, reply) => {
      const { prune, dry_run: isDryRun } = request.query
      const documents = documentsIn(request.body)
      if (isDryRun) return reply.send(await dryRun(options, { documents, prune }))
      const command = { type: 'apply_policies', documents, prune } as const
      return answerCommand({ request, reply }, options, { incidentId: null, command })
    },
  )
}

function addRemoval(scope: Gateway, options: PolicyChangeOptions): void {
  scope.delete(
    '/v1/policies/:kind/:name',
    {
      schema: { params: PolicyParams, headers: CommandHeaders },
      config: commandConfig({
        access: 'policies:write',
        kind: 'command',
        limits: options.limits,
        docs: {
          tag: 'Policies',
          summary: 'Remove a document that is in force',
          answers: { 200: CHANGED },
          problems: ['NOT_FOUND', 'POLICIES_DO_NOT_FIT'],
        },
      }),
    },
    async (request, reply) => {
      const command = { type: 'remove_policy', ...policyIn(request.params) } as const
      return answerCommand({ request, reply }, options, { incidentId: null, command })
    },
  )
}

/** Decides as the escalator would, and changes nothing. */
async function dryRun(
  { db, project }: PolicyChangeOptions,
  given: { readonly documents: GivenDocuments; readonly prune: boolean },
): Promise<z.input<typeof DryRunAnswer>> {
  const applied = appliedPolicies(await readPolicies(db, project))
  const decision = decideApply({ type: 'apply_policies', ...given }, applied)
  if ('rejected' in decision) {
    throw problemOfPolicyRefusal({ reason: decision.rejected, misfits: decision.misfits })
  }
  const written = new Map(given.documents.map(({ version, document }) => [version, document]))
  const changes = decision.changes.map((change) => ({
    ...change,
    before: applied.get(policyKeyOf(change))?.written ?? null,
    after: change.version === null ? null : written.get(change.version)!,
  }))
  return { ok: true, dry_run: true, changes }
}
