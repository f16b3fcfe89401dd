import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { EnvironmentName, ReleasePolicy, ServiceName } from '@portcullis/contracts'
import { canaryFactsOf, evaluatePolicy, type RuleFacts, windowCells } from '@portcullis/domain'
import { documentsOf, readPolicyFiles } from '@portcullis/policy-files'

import type { Judge } from './judge.ts'
import type { Seen } from './seen.ts'

const POLICY = 'policy.yaml'

/** Returns the judge of a policy of release rules: the product's own. */
export function portcullis(): Judge {
  const policy = readPolicy()
  return {
    peer: 'portcullis',
    setting: policy.metadata.name,
    begin: () => (seen) => evaluatePolicy(policy, factsOf(seen)).outcome,
  }
}

function readPolicy(): ReleasePolicy {
  const text = readFileSync(join(import.meta.dirname, POLICY), 'utf8')
  const reading = readPolicyFiles([{ name: POLICY, text }])
  const policy = documentsOf(reading, 'ReleasePolicy')[0]
  if (policy === undefined) throw new Error(`There is no policy in ${POLICY}.`)
  return policy
}

/** Of all else than traffic there is nothing. */
function factsOf({ asOf, window, canary }: Seen): RuleFacts {
  return {
    service: 'shop' as ServiceName,
    environment: 'production' as EnvironmentName,
    asOf,
    cellsOver: (windowMs) => windowCells(window, asOf, windowMs),
    isFinished: false,
    canaryOf: (test) => canaryFactsOf(canary, asOf, test),
    routes: [],
    incidents: [],
    budgetOf: () => null,
    before: () => null,
    freezesAt: () => [],
    approvals: [],
    routesOf: () => [],
    passingSince: null,
  }
}
