import { documentsOf, pathText, type PolicyReading } from '@portcullis/policy-files'
import {
  DEFAULT_EXPORT,
  type ExportFinding,
  type ExportOptions,
  exportPrometheusRules,
  type Finding,
  yamlText,
} from '@portcullis/slo-formats'

import { defineCommand, JSON_OPTION, type OptionValues } from '../command.ts'
import { EXIT } from '../exit.ts'
import { failure } from '../failure.ts'
import { POLICY_PATHS } from '../files/read-policy-texts.ts'
import { noteFindings } from '../findings/slo-findings.ts'
import { givenPolicies } from '../policies/given-policies.ts'

const OPTIONS = {
  format: { type: 'string', value: 'FORMAT', description: 'prometheus, the only one' },
  metric: {
    type: 'string',
    value: 'NAME',
    description: 'a histogram of seconds, without _count and _bucket',
  },
  label: {
    type: 'string',
    value: 'WHAT=LABEL',
    multiple: true,
    description: 'label of service, environment, route, method or status',
  },
  buckets: { type: 'string', value: 'BOUNDS', description: 'its bounds, like 0.1,0.3,1' },
  json: JSON_OPTION,
} as const

export const sloExport = defineCommand({
  name: 'slo export',
  summary: 'Slo documents as recording and alert rules',
  details:
    'Reads policy files as `policy lint` does, and prints one file of rules for their objectives:\n' +
    'the share of bad requests over each window, and the four standard burn rate alerts. Says on\n' +
    'standard error what is not in them, and exits with 1 where an objective is missing.\n' +
    'docs/slo-formats.md tells for which metric, unless the options name another.',
  arguments: POLICY_PATHS,
  options: OPTIONS,
  examples: ['slos.yaml > rules.yaml', 'slos.yaml --label service=job --label status=code'],
  run: async (cli, values, paths) => {
    const options = exportOptions(values)
    const reading = await givenPolicies(cli, paths)
    const slos = documentsOf(reading, 'Slo')
    const exported = exportPrometheusRules(slos, options)
    const findings = [
      ...reading.faults.map((fault) => faultFinding(fault)),
      ...exported.findings.map((finding) => placed(finding, reading)),
    ]
    if (values.json) cli.terminal.json({ rules: exported.rules, findings })
    else {
      if (exported.rules.groups.length > 0) cli.terminal.line(yamlText([exported.rules]).trimEnd())
      noteFindings(cli.terminal, findings)
    }
    const isAll = findings.every(({ kind }) => kind !== 'refused')
    return isAll && slos.length > 0 ? EXIT.ok : EXIT.no
  },
})

/** Names of metrics and labels, as Prometheus allows them without quotation marks. */
const METRIC = /^[A-Za-z_:][A-Za-z0-9_:]*$/u
const LABEL = /^[A-Za-z_][A-Za-z0-9_]*$/u

function exportOptions(values: OptionValues<typeof OPTIONS>): ExportOptions {
  const { format = 'prometheus', metric = DEFAULT_EXPORT.metric, label, buckets } = values
  if (format !== 'prometheus') throw failure(EXIT.usage, `--format "${format}" is not prometheus.`)
  if (!METRIC.test(metric))
    throw failure(EXIT.usage, `--metric "${metric}" is no name of a metric.`)
  const bucketsSeconds = buckets === undefined ? DEFAULT_EXPORT.bucketsSeconds : boundsOf(buckets)
  return { metric, bucketsSeconds, labels: labelsOf(label) }
}

function labelsOf(given: readonly string[]): ExportOptions['labels'] {
  const labels: Record<string, string> = { ...DEFAULT_EXPORT.labels }
  for (const one of given) {
    const [what, label, ...rest] = one.split('=')
    if (!Object.hasOwn(labels, what!) || !LABEL.test(label ?? '') || rest.length > 0) {
      const names = Object.keys(DEFAULT_EXPORT.labels).join(', ')
      throw failure(EXIT.usage, `--label "${one}" must be WHAT=LABEL, with one of ${names}.`)
    }
    labels[what!] = label!
  }
  return { ...DEFAULT_EXPORT.labels, ...labels }
}

function boundsOf(text: string): number[] {
  const bounds = text.split(',').map(Number)
  if (text !== '' && bounds.every((bound) => bound > 0)) return bounds
  throw failure(EXIT.usage, `--buckets "${text}" must be bounds in seconds, like 0.1,0.3,1.`)
}

function placed({ slo, path, ...finding }: ExportFinding, reading: PolicyReading): Finding {
  const one = reading.documents.find(
    ({ document }) => document.kind === 'Slo' && document.metadata.name === slo,
  )!
  return { ...finding, file: one.file, ...one.at(path), path: pathText(path) }
}

function faultFinding({ message, ...place }: PolicyReading['faults'][number]): Finding {
  return { kind: 'refused', ...place, what: message, instead: 'mend the file' }
}
