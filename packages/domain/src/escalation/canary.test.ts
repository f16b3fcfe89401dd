import type { AlarmScope } from '@portcullis/contracts'
import t from 'tap'

import { isInCanary } from './canary.ts'

function scopeOf(route: string, kind: string): AlarmScope {
  return { service: 'shop', environment: 'production', route, kind } as AlarmScope
}

t.test('a key falls on the same side for ever', async (t) => {
  // The percentage from which on each key belongs to the canary; a change of any would move it.
  const vectors: readonly (readonly [route: string, kind: string, from: number])[] = [
    ['GET /projects', 'slo_violation', 76.078],
    ['GET /projects', 'error_rate', 62.5],
    ['POST /orders/:id', 'p95_regress', 54.607],
    ['OTHER', 'error_rate', 49.56],
  ]
  for (const [route, kind, from] of vectors) {
    t.equal(isInCanary(scopeOf(route, kind), from - 0.001), false, `${route} below ${from} %`)
    t.equal(isInCanary(scopeOf(route, kind), from + 0.001), true, `${route} above ${from} %`)
  }
})

t.test('service and environment do not matter', async (t) => {
  const scope = scopeOf('GET /projects', 'error_rate')
  const elsewhere = { ...scope, service: 'basket', environment: 'staging' } as AlarmScope
  for (const percent of [62, 63]) {
    t.equal(isInCanary(scope, percent), isInCanary(elsewhere, percent))
  }
})

t.test('no key is in 0 %, every key is in 100 %, and about a tenth in 10 %', async (t) => {
  const scopes = Array.from({ length: 10_000 }, (_, nth) => scopeOf(`GET /r/${nth}`, 'error_rate'))
  const count = (percent: number) => scopes.filter((scope) => isInCanary(scope, percent)).length
  t.equal(count(0), 0)
  t.equal(count(100), scopes.length)
  // Four standard deviations of a fair draw: sqrt(10,000 × 0.1 × 0.9) = 30.
  t.ok(Math.abs(count(10) - 1_000) < 120, `${count(10)} of 10,000`)
})

t.test('a larger share only adds keys', async (t) => {
  const scopes = Array.from({ length: 1_000 }, (_, nth) => scopeOf(`GET /r/${nth}`, 'error_rate'))
  t.ok(scopes.every((scope) => !isInCanary(scope, 20) || isInCanary(scope, 21)))
})
