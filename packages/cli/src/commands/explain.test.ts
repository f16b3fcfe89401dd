import { startReceiver } from '@portcullis/testkit'
import t from 'tap'

import { callCli } from '../../test/call-cli.ts'
import { verdictBody } from '../../test/replies.ts'

t.test('a verdict without its rules is no explanation, which a sentence says', async (t) => {
  const bodies = [verdictBody(), verdictBody({ policies: [{ policy: 'busy', rules: 'many' }] })]
  for (const body of bodies) {
    const { url } = await startReceiver(t, () => ({ body: JSON.stringify(body) }))
    for (const argv of [['explain'], ['explain', '--json']]) {
      t.strictSame(await callCli(argv, { env: { PORTCULLIS_URL: url } }), {
        exit: 4,
        out: '',
        err: 'portcullis: the gateway answered 200 with something else than was asked for; check PORTCULLIS_URL.\n',
      })
    }
  }
})
