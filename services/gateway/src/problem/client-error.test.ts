import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

import t from 'tap'

import { answerClientError } from './client-error.ts'

/** Returns all that a client reads when its connection meets `error`. */
async function answerTo(code: string): Promise<string> {
  const server = createServer((socket: Socket) => {
    answerClientError(Object.assign(new Error(code), { code }), socket, 'r-1')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  let answer = ''
  client.on('data', (chunk) => (answer += chunk.toString('utf8')))
  client.on('error', () => {})
  await once(client, 'close')
  server.close()
  return answer
}

t.test('a request that arrives too slowly is answered with 408', async (t) => {
  const answer = await answerTo('ERR_HTTP_REQUEST_TIMEOUT')
  t.match(answer, /^HTTP\/1\.1 408 Request Timeout\r\n/u)
  t.match(answer, /\r\nconnection: close\r\n/u)
  t.match(answer, /"code":"REQUEST_TIMEOUT".*"request_id":"r-1"/u)
})

t.test('a client that is gone is not answered', async (t) => {
  t.equal(await answerTo('ECONNRESET'), '')
})
