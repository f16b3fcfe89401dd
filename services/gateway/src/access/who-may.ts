import type { Scope } from '@portcullis/contracts'

/**
 * What a route asks of its caller:
 * - `anyone`: nothing. Only what must work before there is a credential.
 * - `anyone known`: any good credential.
 * - `guard`: `guard:read`; or a peer on loopback where GUARD_ANONYMOUS allows it.
 * - a scope.
 */
export type Access = 'anyone' | 'anyone known' | 'guard' | Scope

/**
 * Who may call what: every route there is, and nothing else (deny by default). A route that is not
 * listed here, or declares something else, cannot be registered; a test walks all of them with every
 * role. HEAD is as GET.
 */
export const WHO_MAY: Readonly<Record<string, Access>> = {
  'GET /ops/live': 'anyone',
  'GET /ops/ready': 'anyone',
  'GET /ops/health': 'ops:read',
  'GET /ops/config/health': 'ops:read',
  'GET /me/permissions': 'anyone known',
  'GET /metrics': 'ops:read',
  'GET /openapi.json': 'anyone known',
  'GET /docs': 'anyone known',
  'GET /problems/:code': 'anyone known',
  'GET /login': 'anyone',
  'POST /login': 'anyone',
  'POST /logout': 'anyone known',
  'POST /v1/request-metrics': 'metrics:write',
  'GET /ops/release-guard': 'guard',
}
