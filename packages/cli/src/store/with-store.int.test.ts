import { overtaken } from '@portcullis/event-log'
import { systemClock } from '@portcullis/runtime'
import { createDatabase, type TestScope } from '@portcullis/testkit'
import t from 'tap'

import { exitOf } from '../failure.ts'
import { findInstallation } from '../installation.ts'
import { systemPace } from '../pace.ts'
import { createTerminal } from '../terminal/terminal.ts'
import { withStore } from './with-store.ts'

/** Returns how a command would end whose work fails with an error, and what it fails with. */
async function failing(t: TestScope, error: Error) {
  const { connectionString } = await createDatabase(t)
  const nowhere = { write: () => {} }
  const cli = {
    installation: findInstallation({
      DATABASE_URL: connectionString,
      PORTCULLIS_DATA: '/nonexistent',
    }),
    clock: systemClock,
    pace: systemPace,
    beforeEnd: () => () => {},
    terminal: createTerminal({ stdout: nowhere, stderr: nowhere, env: {} }),
    stdin: (async function* () {})(),
  }
  const thrown: unknown = await withStore(cli, () => Promise.reject(error)).catch(
    (reason: unknown) => reason,
  )
  return { thrown, exit: exitOf(thrown) }
}

t.test('a database that goes away under the work is out of reach', async (t) => {
  const error = Object.assign(new Error('terminating connection'), { code: '57P01' })
  for (const each of [error, overtaken('somebody was first')]) {
    const { thrown, exit } = await failing(t, each)
    t.equal(exit, 4)
    t.match(thrown, { message: each.message, cause: each })
  }
})

t.test('a refusal of the work is a no, and a bug stays one', async (t) => {
  const refusal = new Error('the log is not empty')
  t.strictSame(await failing(t, refusal), { thrown: refusal, exit: 1 })
  const bug = new TypeError('x is not a function')
  t.strictSame(await failing(t, bug), { thrown: bug, exit: undefined })
})
