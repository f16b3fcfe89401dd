import type { EnvironmentName, ServiceName } from '@portcullis/contracts'
import fc from 'fast-check'
import t from 'tap'

import { releaseStream, verdictStream } from './streams.ts'

const service = (name: string) => name as ServiceName
const environment = (name: string) => name as EnvironmentName

t.test('a plain service has a plain stream', async (t) => {
  t.equal(verdictStream(service('shop'), environment('production')), 'verdict-shop/production')
  t.equal(releaseStream(service('shop'), environment('production')), 'release-shop/production')
})

// Two that share a stream would be each other's conflict for ever.
t.test('no two services and environments share a stream, wherever their slashes are', async (t) => {
  const name = fc.stringMatching(/^[ab/%2F]{1,6}$/u)
  fc.assert(
    fc.property(name, name, name, name, (a, b, c, d) => {
      const same = a === c && b === d
      for (const stream of [verdictStream, releaseStream]) {
        const one = stream(service(a), environment(b))
        t.equal(one === stream(service(c), environment(d)), same)
      }
    }),
  )
})
