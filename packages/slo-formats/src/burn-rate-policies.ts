import { POLICY_API_VERSION, ReleasePolicy } from '@portcullis/contracts'
import { lintPolicy } from '@portcullis/domain'
import { complaintsOf, pathText } from '@portcullis/policy-files'
import type { z } from 'zod'

import type { BurnPairInput, ImportedSlo } from './formats/draft.ts'
import { createUniqueNames } from './unique-names.ts'

/** A `ReleasePolicy` as it is written in a file. */
export type PolicyInput = z.input<typeof ReleasePolicy>

type RuleInput = PolicyInput['spec']['rules'][number]

/** A pair of windows that would be no use in a rule. */
export interface UselessPair {
  readonly slo: ImportedSlo
  readonly pair: BurnPairInput
  readonly why: string
}

/**
 * Returns policies that hold releases by the burn rates of imported objectives, one for each service and environment: what paged
 * blocks, and what made tickets is told. Pairs that could never fire are left out.
 */
export function burnRatePolicies(slos: readonly ImportedSlo[]): {
  readonly policies: readonly PolicyInput[]
  readonly useless: readonly UselessPair[]
} {
  const useless: UselessPair[] = []
  const policyName = createUniqueNames()
  const scopes = Map.groupBy(slos, ({ slo: { spec } }) =>
    JSON.stringify([spec.service, spec.environment]),
  )
  const policies = [...scopes.values()].flatMap((ofScope) => {
    const ruleName = createUniqueNames()
    const rules = ofScope.flatMap((one) => rulesOf(one, { ruleName, useless }))
    return rules.length === 0 ? [] : [policyOf(ofScope[0]!, { policyName, rules })]
  })
  return { policies, useless }
}

type NameMaker = ReturnType<typeof createUniqueNames>

function policyOf(
  { slo }: ImportedSlo,
  { policyName, rules }: { readonly policyName: NameMaker; readonly rules: RuleInput[] },
): PolicyInput {
  const { service, environment } = slo.spec
  const environments = environment === undefined ? [] : [environment]
  return {
    apiVersion: POLICY_API_VERSION,
    kind: 'ReleasePolicy',
    metadata: { name: policyName(['burn-rates', service, ...environments].join('-')) },
    spec: {
      selector: { services: [service], ...(environment === undefined ? {} : { environments }) },
      rules,
    },
  }
}

function rulesOf(
  one: ImportedSlo,
  { ruleName, useless }: { readonly ruleName: NameMaker; readonly useless: UselessPair[] },
): RuleInput[] {
  const { page, ticket } = one.alerts
  const slo = one.slo.metadata.name
  const rule = (pairs: readonly BurnPairInput[], name: string, more: object = {}): RuleInput[] => {
    const windows = pairs.filter((pair) => {
      const why = whyUseless(one, pair)
      if (why !== undefined) useless.push({ slo: one, pair, why })
      return why === undefined
    })
    if (windows.length === 0) return []
    return [{ type: 'burn_rate', name: ruleName(name), ...more, slo, windows }]
  }
  return [...rule(page, slo), ...rule(ticket, `ticket-${slo}`, { mode: 'warn' })]
}

/** Returns what is wrong with a rule of one pair; the same checks as those of any policy file. */
function whyUseless({ slo }: ImportedSlo, pair: BurnPairInput): string | undefined {
  const { name } = slo.metadata
  const { success, data, error } = ReleasePolicy.safeParse({
    apiVersion: POLICY_API_VERSION,
    kind: 'ReleasePolicy',
    metadata: { name },
    spec: { rules: [{ type: 'burn_rate', slo: name, windows: [pair] }] },
  })
  if (success) return lintPolicy(data, [slo])[0]?.message
  const [complaint] = error.issues.flatMap(complaintsOf)
  return `${pathText(complaint!.path.slice(-1))} ${complaint!.message}`
}
