import type { Telemetry } from '@portcullis/runtime'

import { addLocalRateLimits, limited } from '../../plugins/rate-limits.ts'
import type { Gateway } from '../../zod-routes.ts'

/** `GET /metrics`: this process's own figures, for Prometheus. */
export async function addTelemetry(
  scope: Gateway,
  telemetry: Telemetry,
  readsPerMinute: number,
): Promise<void> {
  await addLocalRateLimits(scope)
  scope.get(
    '/metrics',
    {
      config: {
        access: 'ops:read',
        rateLimit: limited({ kind: 'read', perMinute: readsPerMinute, when: 'early' }),
        docs: {
          tag: 'Operations',
          summary: 'The figures of the process, for Prometheus',
          answers: { 200: { description: 'Text exposition format.', contentType: 'text/plain' } },
        },
      },
    },
    async (_request, reply) => reply.type(telemetry.contentType).send(await telemetry.text()),
  )
}
