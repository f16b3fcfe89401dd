import type { Product } from './start-product.ts'

/** An incident as far as tests look at it. */
export interface ShownIncident {
  readonly id: string
  readonly incident_key: string
  readonly status: 'open' | 'acknowledged' | 'resolved'
  readonly severity: string
  readonly opening: number
  readonly escalation_level: number
  readonly acknowledged_by: string | null
  readonly owner: string | null
  readonly snoozed_until: string | null
  readonly version: number
}

export interface DoneAnswer {
  readonly ok: true
  readonly incident: ShownIncident
}

/** A problem as far as tests look at it. */
export interface ShownProblem {
  readonly code: string
  readonly detail?: string
  readonly reason?: string
  readonly state?: ShownIncident
  readonly errors?: readonly { readonly field: string; readonly fix: string }[]
}

let opened = 0

/** Opens an incident of a route of its own, over HTTP. */
export async function openIncident(
  product: Product,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<ShownIncident> {
  opened += 1
  const body = { service: 'shop', route: `GET /orders/${opened}`, ...fields }
  const answer = await product.ask<DoneAnswer>({ method: 'POST', url: '/ops/incidents', body })
  if (answer.status !== 200) throw new Error(`no incident: ${JSON.stringify(answer.body)}`)
  return answer.body.incident
}
