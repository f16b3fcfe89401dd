import {
  DEFAULT_ENVIRONMENT,
  type EnvironmentName,
  type EpochMs,
  type PolicyName,
  type PolicyVersion,
  type ServiceName,
  type Slo,
} from '@portcullis/contracts'
import {
  type AppliedPolicies,
  type BudgetFacts,
  budgetFactsOf,
  type MinuteCounts,
} from '@portcullis/domain'

import type { ShardHead } from '../traffic/batches.ts'
import type { ServiceScope } from '../traffic/windows.ts'

/** What is counted for one objective in one environment, up to a batch of its shard. */
export interface BudgetLedger {
  readonly name: PolicyName
  readonly version: PolicyVersion
  readonly scope: ServiceScope
  readonly spec: Slo['spec']
  readonly shard: number
  readonly counts: MinuteCounts
  /** The last batch that is counted. */
  upTo: Pick<ShardHead, 'seq' | 'recordedAt'>
}

/** An objective for which nothing is counted yet. */
export type WantedBudget = Omit<BudgetLedger, 'counts' | 'upTo'>

/** The counts of all objectives that are in force, kept in memory and followed batch by batch. */
export class LiveBudgets {
  readonly #ledgers = new Map<string, BudgetLedger>()

  all(): Iterable<BudgetLedger> {
    return this.#ledgers.values()
  }

  /** Returns the objectives that are in force and not counted yet, and forgets those that no longer are. */
  wanted(
    applied: AppliedPolicies,
    {
      services,
      shardOf,
    }: {
      readonly services: Iterable<ServiceScope>
      readonly shardOf: (service: ServiceName) => number
    },
  ): WantedBudget[] {
    const slos = [...applied.values()].flatMap(({ name, version, document }) =>
      document.kind === 'Slo' ? [{ name, version, spec: document.spec }] : [],
    )
    if (slos.length === 0) {
      this.#ledgers.clear()
      return []
    }
    const environments = environmentsOf(services)
    const wanted = slos.flatMap(({ name, version, spec }) => {
      const { service, environment } = spec
      const of = environment === undefined ? environments(service) : [environment]
      return of.map((one): WantedBudget => ({
        name,
        version,
        spec,
        scope: { service, environment: one },
        shard: shardOf(service),
      }))
    })
    const keys = new Set(wanted.map(keyOf))
    for (const key of this.#ledgers.keys()) if (!keys.has(key)) this.#ledgers.delete(key)
    return wanted.filter((one) => !this.#ledgers.has(keyOf(one)))
  }

  put(ledger: BudgetLedger): void {
    this.#ledgers.set(keyOf(ledger), ledger)
  }

  /** Returns what is known of an objective's budget in an environment; null where nothing was counted. */
  of(
    applied: AppliedPolicies,
    { name, environment }: { readonly name: PolicyName; readonly environment: EnvironmentName },
    asOf: EpochMs,
  ): BudgetFacts | null {
    const slo = applied.get(`Slo/${name}`)
    if (slo?.document.kind !== 'Slo') return null
    const { spec } = slo.document
    const scope = { service: spec.service, environment: spec.environment ?? environment }
    const ledger = this.#ledgers.get(keyOf({ name, version: slo.version, scope }))
    return ledger === undefined ? null : budgetFactsOf(spec, ledger.counts, asOf)
  }
}

function keyOf({ name, version, scope }: Pick<BudgetLedger, 'name' | 'version' | 'scope'>): string {
  return `${name}\n${version}\n${scope.environment}`
}

/** An objective that names no environment is kept in each in which its service runs, and in the usual one. */
function environmentsOf(
  services: Iterable<ServiceScope>,
): (service: ServiceName) => readonly EnvironmentName[] {
  const known = Map.groupBy(services, ({ service }) => service)
  return (service) => [
    ...new Set([
      DEFAULT_ENVIRONMENT,
      ...(known.get(service) ?? []).map(({ environment }) => environment),
    ]),
  ]
}
