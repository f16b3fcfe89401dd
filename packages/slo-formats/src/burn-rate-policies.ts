import { POLICY_API_VERSION, ReleasePolicy } from '@portcullis/contracts'
import { lintPolicy } from '@portcullis/domain'
import { complaintsOf, pathText } from '@portcullis/policy-files'
import type { z } from 'zod'

import { type BurnPairInput, type ImportedSlo, nameOf } from './formats/draft.ts'

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
  const policies = new Map<string, PolicyInput>()
  for (const one of slos) {
    const { service, environment } = one.slo.spec
    const rules = rulesOf(one, useless)
    if (rules.length === 0) continue
    const key = JSON.stringify([service, environment])
    const policy = policies.get(key) ?? policyOf(service, environment)
    policy.spec.rules.push(...rules)
    policies.set(key, policy)
  }
  return { policies: [...policies.values()], useless }
}

function policyOf(service: string, environment: string | undefined): PolicyInput {
  const where = environment === undefined ? {} : { environments: [environment] }
  const words = ['burn-rates', service, ...(environment === undefined ? [] : [environment])]
  return {
    apiVersion: POLICY_API_VERSION,
    kind: 'ReleasePolicy',
    metadata: { name: shortened(words.join('-')) },
    spec: { selector: { services: [service], ...where }, rules: [] },
  }
}

function rulesOf(one: ImportedSlo, useless: UselessPair[]): RuleInput[] {
  const { page, ticket } = one.alerts
  const { name } = one.slo.metadata
  const rule = (pairs: readonly BurnPairInput[], more: object): RuleInput[] => {
    const windows = pairs.filter((pair) => {
      const why = whyUseless(one, pair)
      if (why !== undefined) useless.push({ slo: one, pair, why })
      return why === undefined
    })
    return windows.length === 0 ? [] : [{ type: 'burn_rate', ...more, slo: name, windows }]
  }
  return [
    ...rule(page, { name: name as string }),
    ...rule(ticket, { name: `ticket-${name}`.slice(0, 63).replace(/-+$/u, ''), mode: 'warn' }),
  ]
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

function shortened(text: string): string {
  return nameOf(text).slice(0, 63).replace(/-+$/u, '')
}
