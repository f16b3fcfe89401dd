import t from 'tap'
import { z } from 'zod'

import { validatorCompiler } from '../zod-routes.ts'
import { problemOfError } from './of-error.ts'
import { problem, problemBody, problemHeaders } from './problem.ts'

const LIMIT = 1_000

function codeOf(error: unknown): string {
  return problemOfError(error, LIMIT).problemCode
}

t.test('an error that means "not now" is STORE_UNAVAILABLE', async (t) => {
  for (const code of ['ECONNREFUSED', 'ECONNRESET', '08006', '57P01', '57P03', '53300']) {
    t.equal(codeOf(Object.assign(new Error('away'), { code })), 'STORE_UNAVAILABLE', code)
  }
  t.equal(codeOf(new Error('Connection terminated unexpectedly')), 'STORE_UNAVAILABLE')
  t.equal(
    codeOf(Object.assign(new Error('no queue'), { code: 'queue_unavailable' })),
    'STORE_UNAVAILABLE',
  )
})

t.test('a caller who hangs up in the middle of a body is no outage', async (t) => {
  const aborted = Object.assign(new Error('aborted'), { code: 'ECONNRESET', statusCode: 400 })
  t.equal(codeOf(aborted), 'MALFORMED_BODY')
})

t.test('what is not known is INTERNAL_ERROR, whatever was thrown', async (t) => {
  for (const thrown of [new Error('bug'), new TypeError('bug'), 'text', undefined, null, 7]) {
    t.equal(codeOf(thrown), 'INTERNAL_ERROR')
  }
  t.equal(codeOf(Object.assign(new Error('bug'), { code: '23505' })), 'INTERNAL_ERROR')
})

t.test('the framework’s refusals have problems of their own', async (t) => {
  const of = (code: string): unknown => Object.assign(new Error(code), { code })
  t.equal(codeOf(of('FST_ERR_CTP_INVALID_MEDIA_TYPE')), 'UNSUPPORTED_MEDIA_TYPE')
  t.equal(codeOf(of('FST_ERR_CTP_INVALID_CONTENT_LENGTH')), 'MALFORMED_BODY')
  t.equal(codeOf(of('FST_ERR_BAD_URL')), 'INVALID_PARAMETER')
  const large = problemOfError(of('FST_ERR_CTP_BODY_TOO_LARGE'), LIMIT)
  t.match(problemBody(large, 'r'), { code: 'BODY_TOO_LARGE', limit_bytes: LIMIT })
})

t.test('what a schema does not like is told field by field, with a fix', async (t) => {
  const schema = z.strictObject({
    name: z.string().max(3),
    kind: z.enum(['a', 'b']),
    list: z.array(z.strictObject({ 'a/b': z.int().min(1) })),
  })
  const validate = validatorCompiler({ schema, httpPart: 'body', method: 'POST', url: '/' })
  const { error } = (validate as (input: unknown) => { error: unknown })({
    name: 'long',
    list: [{ 'a/b': 0 }, { 'a/b': 'x' }],
    more: 1,
  })
  t.strictSame(problemBody(problemOfError(error, LIMIT), 'r').errors, [
    {
      field: '/name',
      message: 'Too big: expected string to have <=3 characters',
      fix: 'Give at most 3 characters.',
    },
    {
      field: '/kind',
      message: 'Invalid option: expected one of "a"|"b"',
      fix: 'Give one of "a", "b".',
    },
    {
      field: '/list/0/a~1b',
      message: 'Too small: expected number to be >=1',
      fix: 'Give at least 1.',
    },
    {
      field: '/list/1/a~1b',
      message: 'Invalid input: expected number, received string',
      fix: 'Give a number.',
    },
    { field: '/more', message: 'is not known here', fix: 'Leave it out.' },
  ])
})

t.test('an answer names at most 100 fields', async (t) => {
  const schema = z.array(z.int())
  const validate = validatorCompiler({ schema, httpPart: 'body', method: 'POST', url: '/' })
  const { error } = (validate as (input: unknown) => { error: unknown })(
    Array.from({ length: 1_000 }, () => 'x'),
  )
  t.equal(problemBody(problemOfError(error, LIMIT), 'r').errors?.length, 100)
})

t.test('a problem says when to try again in its header, a second at least', async (t) => {
  const soon = problem('QUEUE_FULL', { retryAfterSeconds: 0.2 })
  t.equal(problemHeaders(soon)['retry-after'], '1')
  t.equal(problemHeaders(problem('QUEUE_FULL', { retryAfterSeconds: 4.1 }))['retry-after'], '5')
  t.equal(problemHeaders(problem('NOT_FOUND'))['retry-after'], undefined)
})

t.test('what led to a problem stays inside', async (t) => {
  const inside = problem('STORE_UNAVAILABLE', { cause: new Error('host db-7 is away') })
  t.notMatch(JSON.stringify(problemBody(inside, 'r')), /db-7/u)
})
