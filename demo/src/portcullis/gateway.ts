import { SECOND_MS } from '@portcullis/contracts'
import { z } from 'zod'

/** What is read of a verdict. */
const Verdict = z.object({
  outcome: z.enum(['pass', 'fail', 'undecided']),
  violations: z.array(
    z.object({
      reason: z.string(),
      service: z.string().nullable(),
      route: z.string().nullable(),
    }),
  ),
})
export type Verdict = z.infer<typeof Verdict>

/** What is read of an incident. */
const Incident = z.object({
  id: z.string(),
  incident_key: z.string(),
  service: z.string(),
  route: z.string(),
  kind: z.string(),
  status: z.enum(['open', 'acknowledged', 'resolved']),
  severity: z.enum(['critical', 'warning']),
  escalation_level: z.number(),
  first_seen: z.iso.datetime(),
  acknowledged_by: z.string().nullable(),
})
export type Incident = z.infer<typeof Incident>

/** What is read of a timeline, the newest entry first. */
const Timeline = z.object({
  timeline: z.array(
    z.object({
      at: z.iso.datetime(),
      type: z.string(),
      who: z.object({ name: z.string() }),
      via: z.string(),
      note: z.string().nullable(),
    }),
  ),
})
export type TimelineEntry = z.infer<typeof Timeline>['timeline'][number]

/** What is read of an alarm that is not cleared. */
const Alarm = z.object({
  service: z.string(),
  route: z.string(),
  kind: z.string(),
  severity: z.enum(['critical', 'warning']),
})
export type Alarm = z.infer<typeof Alarm>

/** What is read of a route's last minute; null where there was no request. */
const RouteFigures = z.object({
  service: z.string(),
  route: z.string(),
  windows: z.object({
    '1m': z.object({
      count: z.number(),
      err_rate: z.number().nullable(),
      p95_ms: z.number().nullable(),
    }),
  }),
})
export type RouteFigures = z.infer<typeof RouteFigures>

/** The questions that the demo asks over HTTP, as any script could. */
export interface Gateway {
  verdict(): Promise<Verdict>
  incidents(): Promise<readonly Incident[]>
  alarms(): Promise<readonly Alarm[]>
  figures(): Promise<readonly RouteFigures[]>
  timeline(incidentId: string): Promise<readonly TimelineEntry[]>
  acknowledge(incidentId: string, reason: string): Promise<void>
  /** Says that a version is live; one that was live before is the newest again. */
  announce(service: string, version: string): Promise<void>
}

export interface GatewayOptions {
  readonly url: string
  readonly token: string
  readonly environment: string
}

const Incidents = z.object({ incidents: z.array(Incident) })
const Alarms = z.object({ alarms: z.array(Alarm) })
const Metrics = z.object({ routes: z.array(RouteFigures) })
const Done = z.object({ ok: z.literal(true) })

const TIMEOUT_MS = 10 * SECOND_MS

/** Returns a gateway that is asked about one environment. Answers that are refusals are thrown. */
export function gatewayAt({ url, token, environment }: GatewayOptions): Gateway {
  const ask = async <Body>(
    path: string,
    schema: z.ZodType<Body>,
    body?: unknown,
  ): Promise<Body> => {
    const response = await fetch(url + path, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`)
    return schema.parse(JSON.parse(text))
  }
  const query = new URLSearchParams({ environment }).toString()
  return {
    verdict: () => ask(`/ops/release-guard?${query}&blocked_status=200`, Verdict),
    incidents: async () => (await ask(`/ops/incidents?${query}`, Incidents)).incidents,
    alarms: async () => (await ask(`/ops/alarms?${query}`, Alarms)).alarms,
    figures: async () => (await ask(`/ops/metrics?${query}`, Metrics)).routes,
    timeline: async (id) => (await ask(`/ops/incidents/${id}`, Timeline)).timeline,
    acknowledge: async (id, reason) => {
      await ask(`/ops/incidents/${id}/ack`, Done, { reason })
    },
    announce: async (service, version) => {
      await ask('/v1/releases', Done, { service, environment, version })
    },
  }
}
