import { Role, type EpochMs, type PrincipalId } from '@portcullis/contracts'
import type { Clock } from '@portcullis/runtime'
import { errors, jwtVerify } from 'jose'

import { problem } from '../problem/problem.ts'
import { personOf, type Principal } from './principal.ts'

/** Clocks of issuer and gateway may differ by so much. */
const CLOCK_TOLERANCE_SECONDS = 5
/** More could not be an id of a person. */
const SUBJECT_LENGTH_MAX = 256

/** Returns the opaque id of whoever a token calls so; a new one at the first sight. */
export type PersonIdOf = (subject: string) => Promise<PrincipalId>

/** Verifies a person's token; throws the problem UNAUTHENTICATED, which says what was wrong. */
export type VerifyJwt = (token: string) => Promise<Principal>

/** Returns the verification with OPS_JWT_SECRET; without one every token is refused, and told so. */
export function createJwtVerification(
  secret: string | undefined,
  personIdOf: PersonIdOf,
  clock: Clock,
): VerifyJwt {
  if (secret === undefined) {
    return () =>
      Promise.reject(
        problem('UNAUTHENTICATED', {
          detail: 'JWTs are not accepted here: OPS_JWT_SECRET is not set',
        }),
      )
  }
  const key = new TextEncoder().encode(secret)
  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: ['HS256'],
        requiredClaims: ['sub', 'exp'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(clock.now()),
      })
      const { subject, role, expiresAt } = claimsOf(payload)
      return personOf(await personIdOf(subject), role, expiresAt)
    } catch (error) {
      if (error instanceof errors.JOSEError) {
        throw problem('UNAUTHENTICATED', { detail: sentenceOf(error), cause: error })
      }
      throw error
    }
  }
}

function claimsOf(payload: {
  readonly sub?: string
  readonly exp?: number
  readonly role?: unknown
}): { readonly subject: string; readonly role: Role; readonly expiresAt: EpochMs } {
  const { sub: subject = '', exp = 0 } = payload
  // Postgres cannot store NUL in text.
  if (subject === '' || subject.length > SUBJECT_LENGTH_MAX || subject.includes('\u0000')) {
    throw problem('UNAUTHENTICATED', {
      detail: `the JWT's claim sub must have 1 to ${SUBJECT_LENGTH_MAX} characters`,
    })
  }
  const role = Role.safeParse(payload.role)
  if (!role.success) {
    throw problem('UNAUTHENTICATED', {
      detail: `the JWT's claim role must be one of ${Role.options.join(', ')}`,
    })
  }
  return { subject, role: role.data, expiresAt: (exp * 1_000) as EpochMs }
}

function sentenceOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'the JWT has expired'
  if (error instanceof errors.JWTClaimValidationFailed) {
    return `the JWT's claim ${error.claim} is missing or cannot be used`
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return "the JWT's signature is wrong"
  return 'the JWT is not a valid HS256 token'
}
