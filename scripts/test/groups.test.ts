import t from 'tap'

import { inProcesses } from './groups.ts'

const named = (count: number, pattern: string) =>
  Array.from({ length: count }, (_, nth) => pattern.replace('*', String(nth)))

t.test(
  'files share a process by their kind and their part, and all others have their own',
  async (t) => {
    const unit = [...named(3, 'packages/domain/src/*.test.ts'), 'services/gateway/src/a.test.ts']
    const gateway = named(4, 'services/gateway/src/*.int.test.ts')
    const others = ['packages/queues/src/a.int.test.ts', 'test/e2e/b.int.test.ts']
    t.strictSame(inProcesses([...others, ...unit, ...gateway]), {
      entries: ['scripts/test/groups/unit.ts', 'scripts/test/groups/gateway.ts', ...others],
      groups: { unit, gateway },
    })
  },
)

t.test('a few have a process each: what somebody looks at is told file by file', async (t) => {
  const few = named(3, 'packages/domain/src/*.test.ts')
  t.strictSame(inProcesses(few), { entries: few, groups: {} })
})
