import type { ProblemCode, Scope } from '@portcullis/contracts'
import type { Config } from '@portcullis/runtime'
import type { FastifyRequest } from 'fastify'

import { limited } from '../plugins/rate-limits.ts'
import type { RouteDocs } from '../routes/route-docs.ts'
import { WaitingAnswer } from './answer-command.ts'

/** How often commands may be sent. */
export type CommandLimits = Pick<
  Config['limits'],
  'acksPerMinute' | 'keyCommandsPerMinute' | 'personCommandsPerMinute'
>

/** What routes that take commands have in common. */
interface CommandRoute {
  readonly access: Scope
  /** People must sign acknowledgements, and have a counter of their own for them (SEED.md). */
  readonly kind: 'ack' | 'command'
  readonly limits: CommandLimits
  readonly docs: RouteDocs
}

const PROBLEMS: readonly ProblemCode[] = [
  'INVALID_BODY',
  'INVALID_PARAMETER',
  'MALFORMED_BODY',
  'UNAUTHORIZED',
  'BODY_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'IDEMPOTENCY_KEY_REUSED',
  'RATE_LIMIT_EXCEEDED',
  'STORE_UNAVAILABLE',
  'DISK_NEARLY_FULL',
]

/** Returns the `config` of a route that takes a command. */
export function commandConfig({ access, kind, limits, docs }: CommandRoute) {
  const signed = kind === 'ack' ? ('by people' as const) : ('where required' as const)
  const forPeople = kind === 'ack' ? limits.acksPerMinute : limits.personCommandsPerMinute
  const perMinute = ({ principal }: FastifyRequest): number =>
    principal.kind === 'person' ? forPeople : limits.keyCommandsPerMinute
  return {
    access,
    signed,
    rateLimit: limited({ kind, perMinute, when: 'late' }),
    docs: {
      ...docs,
      answers: {
        ...docs.answers,
        202: {
          description: 'It is written, and not decided yet; look at `status_url`.',
          schema: WaitingAnswer,
        },
      },
      problems: [...PROBLEMS, ...(docs.problems ?? [])],
    },
  }
}
