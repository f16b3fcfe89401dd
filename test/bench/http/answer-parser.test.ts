import fc from 'fast-check'
import t from 'tap'

import { AnswerParser } from './answer-parser.ts'

interface Seen {
  readonly status: number
  readonly body: string
}

function answerText({ status, body }: Seen): string {
  return `HTTP/1.1 ${status} Whatever\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

t.test('answers are found however the bytes are cut', async (t) => {
  const answer = fc.record({
    status: fc.integer({ min: 200, max: 599 }),
    body: fc.string({ unit: 'binary' }),
  })
  const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 })
  fc.assert(
    fc.property(fc.array(answer, { maxLength: 5 }), cuts, (answers, sizes) => {
      const bytes = Buffer.from(answers.map(answerText).join(''))
      const parser = new AnswerParser()
      const seen: Seen[] = []
      for (let at = 0, nth = 0; at < bytes.length; nth += 1) {
        const size = sizes[nth % sizes.length]!
        parser.push(bytes.subarray(at, at + size), ({ status, body }) => {
          seen.push({ status, body: body.toString() })
        })
        at += size
      }
      t.same(
        seen,
        answers.map(({ status, body }) => ({ status, body: Buffer.from(body).toString() })),
      )
    }),
    { numRuns: 50 },
  )
})

t.test('an answer without a length is an error', async (t) => {
  const parser = new AnswerParser()
  const chunked = Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
  t.throws(() => parser.push(chunked, () => {}), /no Content-Length/)
  t.throws(() => new AnswerParser().push(Buffer.alloc(70_000), () => {}), /never ends/)
})
