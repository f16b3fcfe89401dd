// Goal: whatever happened to incidents, those that are not resolved are found by whom they concern.
import type { EnvironmentName, ServiceName } from '@portcullis/contracts'
import fc from 'fast-check'
import t from 'tap'

import type { IncidentRow } from '../incidents/model.ts'
import { LiveIncidents } from './live-incidents.ts'

const SERVICES = ['shop', 'cart'] as ServiceName[]
const ENVIRONMENTS = ['production', 'staging'] as EnvironmentName[]

const scopes = fc.record({
  service: fc.constantFrom(...SERVICES),
  environment: fc.constantFrom(...ENVIRONMENTS),
})
const noted = fc.record({
  scope: scopes,
  nth: fc.nat(3),
  status: fc.constantFrom('open', 'acknowledged', 'resolved'),
})

type Noted = typeof noted extends fc.Arbitrary<infer One> ? One : never

/** As much of an incident as is looked at; its id tells its scope, as real ones do. */
function incidentOf({ scope, nth, status }: Noted): IncidentRow {
  const id = `${scope.service} ${scope.environment} ${nth}`
  return { id, state: { scope, status } } as never
}

t.test('what is found is what a list of all would give', async () => {
  fc.assert(
    fc.property(fc.array(noted, { maxLength: 40 }), (all) => {
      const live = new LiveIncidents()
      const list = new Map<string, IncidentRow>()
      for (const one of all.map(incidentOf)) {
        live.note(one)
        if (one.state.status === 'resolved') list.delete(one.id)
        else list.set(one.id, one)
      }
      for (const environment of ENVIRONMENTS) {
        for (const service of [null, ...SERVICES]) {
          const wanted = [...list.values()].filter(({ state: { scope } }) => {
            return scope.environment === environment && (service ?? scope.service) === scope.service
          })
          t.same(new Set(live.of({ service, environment })), new Set(wanted))
        }
      }
      const services = new Set(
        [...list.values()].map(({ state: { scope } }) => JSON.stringify(scope)),
      )
      t.equal([...live.scopes()].length, services.size)
    }),
  )
})
