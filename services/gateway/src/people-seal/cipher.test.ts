import { randomBytes } from 'node:crypto'

import { type PrincipalId, SealedText } from '@portcullis/contracts'
import fc from 'fast-check'
import t from 'tap'

import { KEY_SIZE, openText, sealText } from './cipher.ts'

const alice = 'person_a' as PrincipalId
const bob = 'person_b' as PrincipalId

t.test('what was sealed is opened with the same key, whatever it is', async (t) => {
  const key = randomBytes(KEY_SIZE)
  const property = fc.property(fc.string({ unit: 'binary', maxLength: 4_000 }), (text) => {
    const sealed = SealedText.parse(sealText(key, alice, text.toWellFormed()))
    return openText(key, sealed) === text.toWellFormed()
  })
  t.doesNotThrow(() => fc.assert(property))
})

t.test('the same text is never sealed alike, and shows nothing of itself', async (t) => {
  const key = randomBytes(KEY_SIZE)
  const first = sealText(key, alice, 'the database is full')
  t.not(sealText(key, alice, 'the database is full').sealed, first.sealed)
  t.notMatch(Buffer.from(first.sealed, 'base64').toString('latin1'), /database/u)
})

t.test('with another key, as another person, cut or altered, it stays closed', async (t) => {
  const key = randomBytes(KEY_SIZE)
  const note = sealText(key, alice, 'mine')
  const bytes = Buffer.from(note.sealed, 'base64')
  t.equal(openText(randomBytes(KEY_SIZE), note), null)
  t.equal(openText(key, { ...note, by: bob }), null)
  t.equal(openText(key, { ...note, sealed: 'AAAA' }), null)
  for (let at = 0; at < bytes.length; at += 1) {
    const altered = Buffer.from(bytes)
    altered[at]! ^= 1
    t.equal(openText(key, { ...note, sealed: altered.toString('base64') }), null, `byte ${at}`)
  }
})
