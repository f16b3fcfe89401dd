import { POLICY_API_VERSION, Slo } from '@portcullis/contracts'
import type { BurnPairName } from '@portcullis/domain'
import { complaintsOf, pathText, type Place, type YamlDocument } from '@portcullis/policy-files'
import type { z } from 'zod'

import type { Report, Spot } from '../finding.ts'
import { BY_HAND } from '../indicator/counts.ts'
import type { Requests } from '../indicator/requests.ts'

/** An `Slo` as it is written in a file. */
export type SloInput = z.input<typeof Slo>

/** A pair of windows as a `burn_rate` rule writes it. */
export type BurnPairInput =
  | BurnPairName
  | { readonly long: string; readonly short: string; readonly factor: number }

/** The pairs of windows by which an alert of the foreign format wakes somebody, and those by which it only tells. */
export interface Alerts {
  readonly page: readonly BurnPairInput[]
  readonly ticket: readonly BurnPairInput[]
}

/** An objective that was carried over. */
export interface ImportedSlo {
  /** As it is to be written. */
  readonly input: SloInput
  /** As it is read again. */
  readonly slo: Slo
  readonly alerts: Alerts
  /** Where its name stands. */
  readonly file: string
  readonly place: Place
  readonly path: string
  /** Refuses it after all. */
  readonly refuse: (what: string, instead: string) => void
}

/** What was asked for with the files. */
export interface ImportOptions {
  /** Of objectives whose query names none. */
  readonly environment?: string | undefined
  /** Of objectives whose file names none. */
  readonly period?: string | undefined
  /** Labels whose conditions are left out of queries. */
  readonly ignoredLabels?: readonly string[] | undefined
}

/** The period that Sloth takes where it is told none. */
export const DEFAULT_PERIOD = '30d'

/** Whether a text is the length of a window that rolls: whole hours, days or weeks, whose length is fixed. */
export function isRollingLength(text: string): boolean {
  return /^[1-9]\d{0,5}[hdw]$/u.test(text)
}

/** The pairs that Sloth, OpenSLO's tools and an `Slo` have in common. */
export const STANDARD_ALERTS: Alerts = {
  page: ['page_quick', 'page_slow'],
  ticket: ['ticket_quick', 'ticket_slow'],
}

/** What of an objective was read, in whatever format. */
export interface Draft {
  readonly name: string
  readonly nameSpot: Spot
  readonly description?: string | undefined
  readonly labels?: Readonly<Record<string, string>> | undefined
  /** What the file says whose objective it is. */
  readonly service?: { readonly name: string; readonly spot: Spot } | undefined
  readonly objective: string | undefined
  readonly period: SloInput['spec']['period']
  readonly requests: Requests | undefined
  readonly sliceTarget?: string | undefined
}

/** Returns a name as policies have them (RFC 1123): `Requests_availability` becomes `requests-availability`. */
export function nameOf(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/gu, '-')
    .replaceAll(/^-+|-+$/gu, '')
}

/** What an objective is completed with. */
export interface Completion {
  readonly document: YamlDocument
  readonly alerts: Alerts
  readonly options: ImportOptions
  readonly report: Report
}

/** Returns what was read as an `Slo`; none where something of it was refused, or makes no good document. */
export function completeDraft(draft: Draft, completion: Completion): ImportedSlo[] {
  const { document, alerts, options, report } = completion
  const { requests, objective, nameSpot } = draft
  if (requests === undefined || objective === undefined) return []
  const service = serviceOf(draft, requests, report)
  if (service === undefined || report.isRefused()) return []
  const environment = requests.environment ?? options.environment
  const input = inputOf({ ...draft, requests, objective }, { service, environment })
  const slo = checked(input, nameSpot, report)
  if (slo === undefined) return []
  const { file } = document
  const [place, path] = [document.at(nameSpot.path), pathText(nameSpot.path)]
  const refuse: ImportedSlo['refuse'] = (what, instead) => report.refuse(nameSpot, what, instead)
  return [{ input, slo, alerts, file, place, path, refuse }]
}

function inputOf(
  draft: Draft & { readonly requests: Requests; readonly objective: string },
  where: { readonly service: string; readonly environment: string | undefined },
): SloInput {
  const { name, description, labels = {}, requests, objective, period, sliceTarget } = draft
  return {
    apiVersion: POLICY_API_VERSION,
    kind: 'Slo',
    metadata: {
      name,
      ...(description ? { description } : {}),
      ...(Object.keys(labels).length > 0 ? { labels } : {}),
    },
    spec: {
      service: where.service,
      ...(where.environment === undefined ? {} : { environment: where.environment }),
      ...(requests.routes === undefined ? {} : { routes: requests.routes }),
      objective,
      period,
      indicator: requests.indicator,
      ...(sliceTarget === undefined ? {} : { budgeting: 'timeslices', sliceTarget }),
    },
  }
}

/** The query says whose requests are counted; what the file calls it serves where the query does not. */
function serviceOf({ service }: Draft, requests: Requests, report: Report): string | undefined {
  if (requests.service === undefined && service === undefined) {
    const what = 'does not say whose requests it counts: no condition names a service'
    return report.refuse({ path: [] }, what, 'add a condition like service_name="checkout"')
  }
  if (service === undefined) return requests.service
  if (requests.service === undefined) {
    const what = `names the service "${service.name}", and its query names none`
    report.assume(service.spot, what, 'make sure that the service reports itself by this name')
  } else if (requests.service !== service.name) {
    const what = `is "${service.name}", and the query counts requests of "${requests.service}", which is taken`
    report.assume(service.spot, what, 'make sure that the service reports itself by this name')
  }
  return requests.service ?? service.name
}

function checked(input: SloInput, spot: Spot, report: Report): Slo | undefined {
  const { success, data, error } = Slo.safeParse(input)
  if (success) return data
  for (const { path, message } of error.issues.flatMap(complaintsOf)) {
    report.refuse(spot, `makes no Slo: its ${pathText(path)} ${message}`, BY_HAND)
  }
  return undefined
}
