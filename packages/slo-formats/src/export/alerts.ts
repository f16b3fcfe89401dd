import type { Slo } from '@portcullis/contracts'
import { type BurnPairName, burnRateMax, periodMsOf, standardBurnWindows } from '@portcullis/domain'

import { durationText } from '../formats/amounts.ts'
import { decimal } from '../text.ts'
import type { ExportFinding, PrometheusRule } from './prometheus-rule.ts'

/** The standard pairs, and whom an alert by each is for. */
const PAIRS: readonly (readonly [pair: BurnPairName, severity: 'page' | 'ticket'])[] = [
  ['page_quick', 'page'],
  ['page_slow', 'page'],
  ['ticket_quick', 'ticket'],
  ['ticket_slow', 'ticket'],
]

/**
 * Returns an alert for each standard pair: both windows burn strictly faster than its factor, which is made for the period. Pairs
 * that could never fire, or that look back further than the period, are left out and told.
 */
export function alertsOf(
  slo: Slo,
  labels: Readonly<Record<string, string>>,
): { readonly alerts: PrometheusRule[]; readonly missing: ExportFinding[] } {
  const alerts: PrometheusRule[] = []
  const missing: ExportFinding[] = []
  for (const [pair, severity] of PAIRS) {
    const why = whyUseless(pair, slo)
    if (why === undefined) alerts.push(alertOf(pair, slo, { ...labels, pair, severity }))
    else {
      const instead = 'nothing, or aim at another objective or period'
      missing.push({
        kind: 'left_out',
        slo: slo.metadata.name,
        path: ['spec', 'objective'],
        what: why,
        instead,
      })
    }
  }
  return { alerts, missing }
}

function whyUseless(pair: BurnPairName, { spec }: Slo): string | undefined {
  const { factor, longMs } = standardBurnWindows(pair, periodMsOf(spec.period))
  if (longMs > periodMsOf(spec.period))
    return `has a period shorter than the window of ${pair}, which is left out`
  const most = burnRateMax(spec.objective)
  if (factor < most) return undefined
  return (
    `can never make ${pair} fire, which is left out: it needs a burn rate above ${decimal(factor)}, and the rate is ` +
    `${Number(most.toPrecision(6))} when every request is bad`
  )
}

function alertOf(
  pair: BurnPairName,
  { metadata, spec }: Slo,
  labels: Readonly<Record<string, string>>,
): PrometheusRule {
  const { factor, longMs, shortMs } = standardBurnWindows(pair, periodMsOf(spec.period))
  const limit = `${decimal(factor)} * ${decimal(1 - spec.objective)}`
  const [long, short] = [durationText(longMs), durationText(shortMs)]
  const burns = (window: string) =>
    `slo:error_ratio:rate${window}{slo="${metadata.name}"} > ${limit}`
  return {
    alert: 'SloErrorBudgetBurns',
    expr: `${burns(long)} and ${burns(short)}`,
    labels: Object.fromEntries(Object.entries(labels).map(([name, text]) => [name, literal(text)])),
    annotations: {
      summary: `{{ $labels.service }}: the error budget of ${metadata.name} burns more than ${decimal(factor)} times too fast`,
      description: `Both over ${long} and over ${short}, at an objective of ${decimal(spec.objective * 100)} %.`,
    },
  }
}

/** Labels of alerts are templates (Prometheus, "Template reference"): a name is to be taken as it is. */
function literal(text: string): string {
  return text.replaceAll('{{', '{{ "{{" }}')
}
