import type { Role } from '@portcullis/contracts'
import { SignJWT } from 'jose'

export const ADMIN_TOKEN = 'the-first-admin-of-a-contract-test'
export const JWT_SECRET = 'a JWT secret of at least thirty-two bytes'
export const HMAC_SECRET = 'an HMAC secret of at least thirty-two bytes'

/** Returns a person's token, as an identity provider would make it. */
export async function tokenOf(subject: string, role: Role = 'ops_admin'): Promise<string> {
  return new SignJWT({ role })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(subject)
    .setExpirationTime('10m')
    .sign(new TextEncoder().encode(JWT_SECRET))
}
