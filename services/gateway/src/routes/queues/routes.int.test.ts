// needs: redis-server
import { ALL_QUEUES } from '@portcullis/queues'
import { queueBackends } from '@portcullis/testkit'
import t from 'tap'

import { startTestGateway, TEST_TOKEN } from '../../fixtures/start-test-gateway.ts'

const headers = { authorization: `Bearer ${TEST_TOKEN}` }

interface Board {
  readonly queues: readonly {
    readonly name: string
    readonly counts: { readonly waiting: number }
  }[]
}

for (const backend of queueBackends) {
  t.test(`Bull Board shows every queue in ${backend.name}, and what waits in it`, async (t) => {
    const queueConnection = await backend.start(t)
    const { gateway } = await startTestGateway(t, { queueConnection })
    await gateway.inject({
      method: 'POST',
      url: '/v1/request-metrics',
      headers,
      payload: {
        service: 'shop',
        observations: [{ route: 'GET /a', status: 200, duration_ms: 1 }],
      },
    })
    const answer = await gateway.inject({ url: '/queues/api/queues', headers })
    t.equal(answer.statusCode, 200)
    const { queues } = answer.json<Board>()
    t.strictSame(queues.map(({ name }) => name).toSorted(), [...ALL_QUEUES].toSorted())
    const waiting = queues.reduce((sum, { counts }) => sum + counts.waiting, 0)
    t.equal(waiting, 1)
    t.notOk(answer.body.includes(TEST_TOKEN), 'jobs hold no secret')
  })
}

t.test('the board’s page and what it loads come from the gateway alone', async (t) => {
  const { gateway } = await startTestGateway(t)
  const page = await gateway.inject({ url: '/queues', headers })
  t.equal(page.statusCode, 200)
  t.notMatch(page.body, /(?:src|href)="https?:/u)
  t.match(page.headers['content-security-policy'], /^default-src 'none'; script-src 'self'/u)
  const script = /src="(static\/js\/main[^"]*)"/u.exec(page.body)?.[1] ?? 'no script'
  t.equal((await gateway.inject({ url: `/queues/${script}`, headers })).statusCode, 200)
  const above = await gateway.inject({ url: '/queues/static/..%2F..%2Fpackage.json', headers })
  t.not(above.statusCode, 200, 'nothing above the folder is served')
})

t.test('who may not look is answered with a problem', async (t) => {
  const { gateway } = await startTestGateway(t)
  for (const url of ['/queues', '/queues/api/queues']) {
    const answer = await gateway.inject({ url })
    t.equal(answer.statusCode, 401)
    t.match(answer.headers['content-type'], /^application\/problem\+json/u)
    t.match(answer.json(), { code: 'UNAUTHENTICATED', request_id: /./u })
  }
})

t.test('what the board cannot do is answered without the words of the error', async (t) => {
  const { gateway } = await startTestGateway(t)
  const missing = await gateway.inject({ url: '/queues/api/queues/none/1', headers })
  t.equal(missing.statusCode, 404)
  t.notMatch(missing.body, /\bat .*\.js/u)
})
