import type { EpochMs, KeyId } from '@portcullis/contracts'
import { formatApiToken, hashSecret } from '@portcullis/runtime'
import { fakeClock } from '@portcullis/testkit'
import { SignJWT } from 'jose'
import t from 'tap'

import { isProblem } from '../problem/problem.ts'
import { bearerTokenOf, createAuthentication } from './authenticate.ts'
import { createJwtVerification } from './json-web-token.ts'
import { createKeyRing, type StoredKey } from './key-ring.ts'
import { personIdFrom, type Principal } from './principal.ts'

const FIRST_TOKEN = 'the first admin’s token'
const JWT_SECRET = 'a JWT secret of at least thirty-two bytes'
const SECRET = 's'.repeat(43)
const KEY: StoredKey = {
  keyId: 'key-1' as KeyId,
  role: 'ingest',
  scopes: ['metrics:write'],
  secretHash: hashSecret(SECRET),
  expiresAt: null,
  revokedAt: null,
}
const TOKEN = formatApiToken({ keyId: KEY.keyId, secret: SECRET })

/** A store whose keys can be changed and which can be away; it counts how often it is asked. */
function start() {
  const clock = fakeClock()
  const store = { keys: [KEY], isAway: false, looks: 0 }
  const findKeys = async (keyIds: readonly KeyId[]): Promise<StoredKey[]> => {
    store.looks += 1
    if (store.isAway) throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' })
    return store.keys.filter(({ keyId }) => keyIds.includes(keyId))
  }
  const personIdOf = async (subject: string) => personIdFrom(Buffer.from(subject).toString('hex'))
  const authenticate = createAuthentication({
    keys: createKeyRing(findKeys, clock),
    verifyJwt: createJwtVerification(JWT_SECRET, personIdOf, clock),
    firstToken: FIRST_TOKEN,
    clock,
  })
  const refusalOf = async (token: string): Promise<string | null> => {
    try {
      await authenticate(token)
      return null
    } catch (error) {
      if (isProblem(error)) return error.members.detail ?? error.problemCode
      return (error as { code?: string }).code ?? 'a bug'
    }
  }
  return { clock, store, authenticate, refusalOf }
}

function jwt(claims: Record<string, unknown>, secret = JWT_SECRET, alg = 'HS256'): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret))
}

t.test('the first token belongs to an admin', async (t) => {
  const { authenticate } = start()
  t.match(await authenticate(FIRST_TOKEN), { id: 'first-admin', role: 'ops_admin' })
})

t.test('an API key belongs to its holder, with its own scopes', async (t) => {
  const { authenticate } = start()
  t.match(await authenticate(TOKEN), {
    kind: 'key',
    id: 'key-1',
    role: 'ingest',
    scopes: ['metrics:write'],
  })
})

t.test('a credential that is none is refused, and told why', async (t) => {
  const { refusalOf, store, clock } = start()
  const now = clock.now()
  const wrong = formatApiToken({ keyId: KEY.keyId, secret: 'x'.repeat(43) })
  const unknown = formatApiToken({ keyId: 'key-2' as KeyId, secret: SECRET })
  t.equal(await refusalOf(wrong), 'there is no such API key')
  t.equal(await refusalOf(unknown), 'there is no such API key', 'as if its secret were wrong')
  t.match(await refusalOf('nonsense'), /neither an API key nor a JWT/u)
  store.keys = [{ ...KEY, revokedAt: now }]
  clock.advance(1_000)
  t.equal(await refusalOf(TOKEN), 'the API key was revoked')
  store.keys = [{ ...KEY, expiresAt: now }]
  clock.advance(1_000)
  t.equal(await refusalOf(TOKEN), 'the API key has expired')
})

t.test('a revoked key is refused within two seconds', async (t) => {
  const { authenticate, refusalOf, store, clock } = start()
  await authenticate(TOKEN)
  store.keys = [{ ...KEY, revokedAt: clock.now() }]
  clock.advance(2_000)
  t.equal(await refusalOf(TOKEN), 'the API key was revoked')
})

t.test('a known key is looked up once a second, however often it is used', async (t) => {
  const { authenticate, store, clock } = start()
  await Promise.all(Array.from({ length: 50 }, async () => authenticate(TOKEN)))
  await authenticate(TOKEN)
  t.equal(store.looks, 1)
  clock.advance(1_000)
  await authenticate(TOKEN)
  t.equal(store.looks, 2)
})

t.test('while the store is away a key counts for another minute, and no new one', async (t) => {
  const { authenticate, refusalOf, store, clock } = start()
  await authenticate(TOKEN)
  store.isAway = true
  clock.advance(59_000)
  t.equal(await refusalOf(TOKEN), null)
  t.equal(
    await refusalOf(formatApiToken({ keyId: 'key-2' as KeyId, secret: SECRET })),
    'ECONNREFUSED',
  )
  clock.advance(2_000)
  t.equal(await refusalOf(TOKEN), 'ECONNREFUSED')
})

t.test('a JWT belongs to a person whose id does not tell the name', async (t) => {
  const { authenticate, clock } = start()
  const exp = clock.now() / 1_000 + 60
  const principal = await authenticate(await jwt({ sub: 'Ada', role: 'ops_admin', exp }))
  t.match(principal, { kind: 'person', role: 'ops_admin', id: /^person_[0-9a-f]+$/u })
  t.notMatch(JSON.stringify(principal), /Ada/u)
})

t.test('a JWT that is not to be trusted is refused, and told why', async (t) => {
  const { refusalOf, clock } = start()
  const exp = clock.now() / 1_000 + 60
  const good = { sub: 'Ada', role: 'ops_admin', exp }
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(good)).toString('base64url')}.`
  const table: [string, RegExp][] = [
    [await jwt(good, 'another secret of thirty-two bytes'), /signature is wrong/u],
    [await jwt({ ...good, exp: exp - 120 }), /has expired/u],
    [await jwt({ sub: 'Ada', role: 'ops_admin' }), /claim exp is missing/u],
    [await jwt({ role: 'ops_admin', exp }), /claim sub is missing/u],
    [await jwt({ ...good, sub: '' }), /sub must have 1 to 256/u],
    [await jwt({ ...good, sub: 'a\u0000b' }), /sub must have 1 to 256/u],
    [await jwt({ ...good, role: 'root' }), /role must be one of ops_admin/u],
    [await jwt({ sub: 'Ada', exp }), /role must be one of/u],
    [
      await jwt(good, 'a secret that is long enough for the longer hash of HS384', 'HS384'),
      /not a valid HS256/u,
    ],
    [none, /not a valid HS256/u],
    ['a.b.c', /not a valid HS256/u],
  ]
  for (const [token, reason] of table) t.match(await refusalOf(token), reason)
})

t.test('a JWT is no longer known when it has expired', async (t) => {
  const { authenticate, refusalOf, clock } = start()
  const exp = clock.now() / 1_000 + 60
  const token = await jwt({ sub: 'Ada', role: 'ci', exp })
  t.match(await authenticate(token), { until: exp * 1_000 } as Partial<Principal>)
  clock.advance(59_000)
  t.equal(await refusalOf(token), null)
  clock.advance(10_000)
  t.equal(await refusalOf(token), 'the JWT has expired')
})

t.test('without a secret every JWT is refused, and told so', async (t) => {
  const clock = fakeClock(1 as EpochMs)
  const verify = createJwtVerification(undefined, () => Promise.reject(new Error()), clock)
  await t.rejects(verify(await jwt({})), /JWTs are not accepted here: OPS_JWT_SECRET is not set/u)
})

t.test('only a bearer token is a credential', async (t) => {
  t.equal(bearerTokenOf('Bearer abc'), 'abc')
  t.equal(bearerTokenOf('bearer abc'), 'abc')
  for (const header of [undefined, '', 'abc', 'Basic YTpi', 'Bearer', 'Bearer ', 'Bearer a b']) {
    t.throws(() => bearerTokenOf(header), /No valid credential/u, String(header))
  }
})
