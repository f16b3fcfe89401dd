import type pg from 'pg'

const ROWS_PER_STATEMENT = 1_000
const SERVICES = 20

let opened = 0

/**
 * Opens incidents with plain SQL, as the `incidents` view allows, and returns their ids. Each has a
 * route of its own, and a service among twenty.
 */
export async function openIncidents(client: pg.Client, count: number): Promise<string[]> {
  const ids: string[] = []
  while (ids.length < count) {
    const rows = Math.min(ROWS_PER_STATEMENT, count - ids.length)
    const { rows: inserted } = await client.query<{ id: string }>(
      `insert into incidents (service, route, kind, status, severity)
       select 'service-' || nth % ${SERVICES}, 'GET /orders/' || nth || '/:id', 'manual', 'open',
         'critical'
       from generate_series($1::integer, $2::integer) as nth
       returning id`,
      [opened + 1, opened + rows],
    )
    opened += rows
    ids.push(...inserted.map(({ id }) => id))
  }
  return ids
}

/** Returns how many of the incidents are acknowledged in the projection. */
export async function countAcknowledged(
  client: pg.Client,
  ids: readonly string[],
): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::integer as count from incidents
     where id = any($1::uuid[]) and status = 'acknowledged'`,
    [ids],
  )
  return rows[0]!.count
}
