import type { EpochMs } from '@portcullis/contracts'
import { fakeClock } from '@portcullis/testkit'
import t from 'tap'

import { isProblem } from '../problem/problem.ts'
import { createSignatureVerification, sign, type SignedRequest } from './signature.ts'

const SECRET = 'an HMAC secret of at least thirty-two bytes'
const BODY = Buffer.from('{"reason":"on it"}')
const NOW = 1_767_603_600_000 as EpochMs
const SECONDS = String(NOW / 1_000)
const NONCE = 'nonce-0001'

function asked(more: Partial<SignedRequest>): SignedRequest {
  return {
    method: 'POST',
    url: '/ops/incidents/1/ack',
    body: BODY,
    signature: undefined,
    timestamp: undefined,
    nonce: undefined,
    ...more,
  }
}

function signed(
  timestamp: string,
  nonce: string,
  more: Partial<SignedRequest> = {},
): SignedRequest {
  const prefix = `${timestamp}.${nonce}.POST./ops/incidents/1/ack.`
  return asked({ signature: sign(SECRET, BODY, prefix), timestamp, nonce, ...more })
}

function verification(secret: string | undefined = SECRET) {
  const nonces = new Set<string>()
  const claim = async (nonce: string): Promise<boolean> => {
    const isNew = !nonces.has(nonce)
    nonces.add(nonce)
    return isNew
  }
  const verify = createSignatureVerification(secret, claim, fakeClock(NOW))
  const refusalOf = async (request: SignedRequest, fresh = false): Promise<string | null> => {
    try {
      await verify(request, { fresh })
      return null
    } catch (error) {
      if (!isProblem(error)) throw error
      return `${error.problemCode}: ${error.members.detail ?? ''}`
    }
  }
  return { refusalOf, nonces }
}

t.test('the signature of the first system covers the body', async (t) => {
  const { refusalOf } = verification()
  // What `openssl dgst -sha256 -hmac` says.
  const golden = '526028217763a98ebe259a74419a31b9c0909f6da9c01f72573f60ea76f6f2ca'
  t.equal(sign(SECRET, BODY), golden)
  t.equal(await refusalOf(asked({ signature: golden })), null)
  t.equal(await refusalOf(asked({ signature: golden.toUpperCase() })), null)
})

t.test('whatever else is refused, and told why', async (t) => {
  const { refusalOf } = verification()
  const good = sign(SECRET, BODY)
  const table: [SignedRequest, RegExp][] = [
    [asked({}), /^UNAUTHORIZED: X-Signature is missing/u],
    [asked({ signature: '' }), /does not fit/u],
    [asked({ signature: 'zz' }), /does not fit/u],
    [asked({ signature: good.slice(2) }), /does not fit/u],
    [asked({ signature: sign('another secret', BODY) }), /does not fit/u],
    [asked({ signature: good, body: Buffer.from('{"reason": "on it"}') }), /does not fit/u],
    [asked({ signature: good, timestamp: SECONDS }), /belong together/u],
    [asked({ signature: good, nonce: NONCE }), /belong together/u],
    [asked({ signature: good, timestamp: SECONDS, nonce: NONCE }), /does not fit/u],
    [signed('soon', NONCE), /Unix seconds or milliseconds/u],
    [signed(String(NOW / 1_000 - 301), NONCE), /more than 5 minutes/u],
    [signed(String(NOW / 1_000 + 301), NONCE), /more than 5 minutes/u],
    [signed(SECONDS, 'short'), /8 to 128 printable/u],
    [signed(SECONDS, NONCE, { url: '/ops/incidents/2/ack' }), /does not fit/u],
    [signed(SECONDS, NONCE, { method: 'PUT' }), /does not fit/u],
  ]
  for (const [request, reason] of table) t.match(await refusalOf(request), reason)
})

t.test(
  'a timestamp and a nonce are signed with method and path, and the nonce counts once',
  async (t) => {
    const { refusalOf } = verification()
    t.equal(await refusalOf(signed(SECONDS, NONCE)), null)
    t.equal(await refusalOf(signed(String(NOW), 'nonce-0002')), null)
    t.match(await refusalOf(signed(SECONDS, NONCE)), /was used before/u)
  },
)

t.test('who does not have the secret cannot use up a nonce', async (t) => {
  const { refusalOf, nonces } = verification()
  await refusalOf(asked({ signature: '00'.repeat(32), timestamp: SECONDS, nonce: NONCE }))
  t.equal(nonces.size, 0)
})

t.test('where it is required, the body alone will not do', async (t) => {
  const { refusalOf } = verification()
  const request = asked({ signature: sign(SECRET, BODY) })
  t.match(await refusalOf(request, true), /X-Timestamp and X-Nonce are required/u)
  t.equal(await refusalOf(signed(SECONDS, NONCE), true), null)
})

t.test('without a secret every signature is refused, and told so', async (t) => {
  const nonces = async (): Promise<boolean> => true
  const verify = createSignatureVerification(undefined, nonces, fakeClock(NOW))
  const request = asked({ signature: sign('', BODY) })
  await t.rejects(verify(request, { fresh: false }), /OPS_HMAC_SECRET is not set/u)
})
