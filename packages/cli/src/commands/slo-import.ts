import {
  burnRatePolicies,
  type Finding,
  type Import,
  importSlos,
  isRollingLength,
  type PolicyInput,
  type UselessPair,
  yamlText,
} from '@portcullis/slo-formats'

import { type Cli, defineCommand, JSON_OPTION } from '../command.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { failure } from '../failure.ts'
import { POLICY_PATHS, readPolicyTexts } from '../files/read-policy-texts.ts'
import { noteFindings } from '../findings/slo-findings.ts'

export const sloImport = defineCommand({
  name: 'slo import',
  summary: 'objectives of OpenSLO, Sloth and Pyrra as Slo documents',
  details:
    'Prints the documents as YAML, and says on standard error, with line and column, what was\n' +
    'refused, left out or assumed, and what to do instead. Exits with 1 where something was\n' +
    'refused: docs/slo-formats.md tells what is understood. It needs no database.',
  arguments: POLICY_PATHS,
  options: {
    environment: {
      type: 'string',
      value: 'NAME',
      description: 'of objectives whose queries name none',
    },
    period: {
      type: 'string',
      value: 'LENGTH',
      description: 'of objectives whose files name none, like 28d; 30d',
    },
    'ignore-label': {
      type: 'string',
      value: 'LABEL',
      multiple: true,
      description: 'leave conditions on this label out of queries',
    },
    'with-policy': {
      type: 'boolean',
      description: 'print a ReleasePolicy with burn_rate rules as well',
    },
    json: JSON_OPTION,
  },
  examples: ['sloth/ > slos.yaml', 'openslo.yaml --environment production --with-policy'],
  run: async (cli, options, paths) => {
    const { environment, period } = options
    if (period !== undefined && !isRollingLength(period)) {
      throw failure(EXIT.usage, `--period "${period}" is no length of time, like 28d.`)
    }
    const files = await readPolicyTexts(cli, paths)
    const ignoredLabels = options['ignore-label']
    const found = importSlos(files, { environment, period, ignoredLabels })
    const alerting = options['with-policy'] ? burnRatePolicies(found.slos) : NO_POLICIES
    const findings = [...found.findings, ...alerting.useless.map(findingOf)]
    return print(cli, { found, policies: alerting.policies, findings, isJson: options.json })
  },
})

const NO_POLICIES = { policies: [], useless: [] }

function print(
  { terminal }: Cli,
  answer: {
    readonly found: Import
    readonly policies: readonly PolicyInput[]
    readonly findings: readonly Finding[]
    readonly isJson: boolean
  },
): ExitCode {
  const documents = [...answer.found.slos.map(({ input }) => input), ...answer.policies]
  if (answer.isJson) terminal.json({ documents, findings: answer.findings })
  else {
    if (documents.length > 0) terminal.line(yamlText(documents).trimEnd())
    noteFindings(terminal, answer.findings)
  }
  const isAll = answer.findings.every(({ kind }) => kind !== 'refused')
  return isAll && answer.found.slos.length > 0 ? EXIT.ok : EXIT.no
}

function findingOf({ slo, pair, why }: UselessPair): Finding {
  const { file, place, path } = slo
  const text = typeof pair === 'string' ? pair : `${pair.long} and ${pair.short}`
  const what = `gets no burn_rate rule over ${text}: it ${why}`
  return { kind: 'left_out', file, ...place, path, what, instead: 'choose other windows by hand' }
}
