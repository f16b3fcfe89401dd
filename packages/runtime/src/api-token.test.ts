import { KeyId } from '@portcullis/contracts'
import t from 'tap'

import {
  formatApiToken,
  hashSecret,
  isSecret,
  parseApiToken,
  SECRET_SIZE_BYTES,
} from './api-token.ts'
import { randomToken } from './ids.ts'

const keyId = KeyId.parse('3f2a9c01d4e7')

t.test('a token that was written is read as its two parts', async (t) => {
  const secret = `_-${randomToken(SECRET_SIZE_BYTES).slice(2)}`
  t.strictSame(parseApiToken(formatApiToken({ keyId, secret })), { keyId, secret })
})

t.test('what is no API token is not read as one', async (t) => {
  const secret = randomToken(SECRET_SIZE_BYTES)
  const others = ['', 'pc_', `pc_${secret}`, `xx_${keyId}_${secret}`, `pc_${keyId}_short`]
  for (const text of [...others, `pc_${keyId}_${secret}\n`, `pc_a b_${secret}`]) {
    t.equal(parseApiToken(text), undefined, JSON.stringify(text))
  }
})

t.test('a secret is known by its hash, and no other text is', async (t) => {
  const secret = randomToken(SECRET_SIZE_BYTES)
  t.ok(isSecret(secret, hashSecret(secret)))
  t.notOk(isSecret(`${secret} `, hashSecret(secret)))
  t.notOk(isSecret(secret, ''), 'a hash of another length is no match')
})
