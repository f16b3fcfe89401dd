import { Role, Scope } from '@portcullis/contracts'
import { z } from 'zod'

import { addLocalRateLimits, limited } from '../../plugins/rate-limits.ts'
import type { Gateway } from '../../zod-routes.ts'

const Permissions = z.object({
  id: z.string(),
  kind: z.enum(['person', 'key']),
  role: Role.nullable(),
  permissions: z.array(Scope),
})

/** `GET /me/permissions`: who the credential belongs to, and what it may do. */
export async function addMe(scope: Gateway, readsPerMinute: number): Promise<void> {
  await addLocalRateLimits(scope)
  scope.get(
    '/me/permissions',
    {
      config: {
        access: 'anyone known',
        rateLimit: limited({ kind: 'read', perMinute: readsPerMinute, when: 'early' }),
        docs: {
          tag: 'Access',
          summary: 'Who you are here, and what you may do',
          answers: { 200: { description: 'The scopes of the credential.', schema: Permissions } },
        },
      },
    },
    ({ principal: { id, kind, role, scopes } }) => ({ id, kind, role, permissions: [...scopes] }),
  )
}
