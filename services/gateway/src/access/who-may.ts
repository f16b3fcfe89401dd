import type { Scope } from '@portcullis/contracts'

/**
 * What a route asks of its caller:
 * - `anyone`: nothing. Only what must work before there is a credential.
 * - `anyone known`: a good credential, whatever it may do.
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
  'POST /logout': 'anyone',
  'POST /v1/request-metrics': 'metrics:write',
  'GET /ops/release-guard': 'guard',
  'GET /ops/metrics': 'ops:read',
  'GET /ops/metrics/trends': 'ops:read',
  'GET /ops/metrics/history': 'ops:read',
  'GET /ops/alarms': 'ops:read',
  'GET /ops/slo': 'ops:read',
  'GET /ops/release-impact': 'ops:read',
  'GET /ops/incidents': 'ops:read',
  'GET /ops/incidents/:id': 'ops:read',
  'POST /ops/incidents': 'incidents:write',
  'POST /ops/incidents/:id/ack': 'incidents:write',
  'POST /ops/incidents/:id/unack': 'incidents:write',
  'POST /ops/incidents/:id/resolve': 'incidents:write',
  'POST /ops/incidents/:id/reopen': 'incidents:write',
  'POST /ops/incidents/:id/snooze': 'incidents:write',
  'POST /ops/incidents/:id/unsnooze': 'incidents:write',
  'POST /ops/incidents/:id/assign': 'incidents:write',
  'POST /ops/incidents/:id/comment': 'incidents:write',
  'POST /ops/incidents/:id/severity': 'incidents:write',
  'POST /ops/incidents/:id/escalate': 'incidents:write',
  // Its own commands to whoever sent them, and all of them to `ops:read`.
  'GET /v1/commands/:id': 'anyone known',
  'GET /v1/releases': 'ops:read',
  'POST /v1/releases': 'releases:write',
  'GET /v1/policies': 'ops:read',
  'POST /v1/policies': 'policies:write',
  'GET /v1/policies/:kind/:name': 'ops:read',
  'GET /v1/policies/:kind/:name/history': 'ops:read',
  'DELETE /v1/policies/:kind/:name': 'policies:write',
  'GET /ops/escalation/health': 'ops:read',
  'POST /ops/escalation/tick': 'escalation:write',
  'POST /ops/escalation/recalc': 'escalation:write',
  'GET /notifications/recent': 'ops:read',
  'GET /projects': 'ops:read',
  'GET /ops/sentry-link': 'ops:read',

  // Bull Board's own.
  'GET /queues': 'queues:read',
  'GET /queues/api/job-schedulers': 'queues:read',
  'GET /queues/api/queues': 'queues:read',
  'GET /queues/api/queues/:queueName/:jobId': 'queues:read',
  'PUT /queues/api/queues/:queueName/:jobId/clean': 'queues:write',
  'PATCH /queues/api/queues/:queueName/:jobId/delay': 'queues:write',
  'GET /queues/api/queues/:queueName/:jobId/flow': 'queues:read',
  'GET /queues/api/queues/:queueName/:jobId/logs': 'queues:read',
  'PATCH /queues/api/queues/:queueName/:jobId/priority': 'queues:write',
  'PUT /queues/api/queues/:queueName/:jobId/promote': 'queues:write',
  'PUT /queues/api/queues/:queueName/:jobId/remove-unprocessed-children': 'queues:write',
  'PUT /queues/api/queues/:queueName/:jobId/retry': 'queues:write',
  'PATCH /queues/api/queues/:queueName/:jobId/update-data': 'queues:write',
  'POST /queues/api/queues/:queueName/add': 'queues:write',
  'PUT /queues/api/queues/:queueName/clean/:queueStatus': 'queues:write',
  'PUT /queues/api/queues/:queueName/concurrency': 'queues:write',
  'GET /queues/api/queues/:queueName/default-job-options': 'queues:read',
  'PUT /queues/api/queues/:queueName/empty': 'queues:write',
  'GET /queues/api/queues/:queueName/job-data-schema': 'queues:read',
  'PATCH /queues/api/queues/:queueName/job-schedulers/:schedulerId': 'queues:write',
  'PUT /queues/api/queues/:queueName/job-schedulers/:schedulerId/remove': 'queues:write',
  'PUT /queues/api/queues/:queueName/job-schedulers/:schedulerId/run': 'queues:write',
  'GET /queues/api/queues/:queueName/metrics': 'queues:read',
  'PUT /queues/api/queues/:queueName/obliterate': 'queues:write',
  'PUT /queues/api/queues/:queueName/pause': 'queues:write',
  'PUT /queues/api/queues/:queueName/promote': 'queues:write',
  'GET /queues/api/queues/:queueName/rate-limit': 'queues:read',
  'PUT /queues/api/queues/:queueName/rate-limit': 'queues:write',
  'PUT /queues/api/queues/:queueName/rate-limit/release': 'queues:write',
  'PUT /queues/api/queues/:queueName/resume': 'queues:write',
  'PUT /queues/api/queues/:queueName/retry/:queueStatus': 'queues:write',
  'GET /queues/api/queues/:queueName/workers': 'queues:read',
  'PUT /queues/api/queues/pause': 'queues:write',
  'PUT /queues/api/queues/resume': 'queues:write',
  'GET /queues/api/redis/stats': 'queues:read',
  'GET /queues/job-schedulers': 'queues:read',
  'GET /queues/metrics-history': 'queues:read',
  'GET /queues/queue/:queueName': 'queues:read',
  'GET /queues/queue/:queueName/:jobId': 'queues:read',
  'GET /queues/static/*': 'queues:read',
}
