import type { AlarmScope, IncidentId, ProjectId } from '@portcullis/contracts'
import { createDatabase } from '@portcullis/testkit'
import t from 'tap'

import { golden } from './fixtures.ts'
import { incidentIdOf } from './incident-id.ts'

type IdVector = AlarmScope & { project: ProjectId; id: IncidentId }

const vectors = golden<IdVector>('incident-ids')

t.test('the id of an incident is that of the golden vectors', async (t) => {
  for (const { project, id, ...scope } of vectors) t.equal(incidentIdOf(project, scope), id)
})

t.test('it is a UUID of version 8', async (t) => {
  for (const { id } of vectors) {
    t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u)
  }
})

t.test('SQL makes the same id', async (t) => {
  const { pool } = await createDatabase(t)
  for (const { project, service, environment, route, kind, id } of vectors) {
    const { rows } = await pool.query('select incident_id($1, $2, $3, $4, $5) as id', [
      project,
      service,
      environment,
      route,
      kind,
    ])
    t.same(rows, [{ id }])
  }
})
