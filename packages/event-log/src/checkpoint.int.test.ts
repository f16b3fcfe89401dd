import { generateKeyPairSync } from 'node:crypto'

import { type EpochMs, type LogPosition } from '@portcullis/contracts'
import { createDatabase } from '@portcullis/testkit'
import t from 'tap'

import { checkpointHolds, readCheckpoint, signCheckpoint, verifyCheckpoint } from './checkpoint.ts'
import { append, newEvent, PROJECT } from './fixtures.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')

t.test('a checkpoint holds while the log only grows', async (t) => {
  const { pool } = await createDatabase(t)
  const atStart = await readCheckpoint(pool, PROJECT)
  await append(pool, newEvent('a', 1), newEvent('a', 2))
  const checkpoint = await readCheckpoint(pool, PROJECT)
  await append(pool, newEvent('a', 3))
  t.equal(checkpoint.position, 2)
  t.ok(await checkpointHolds(pool, atStart))
  t.ok(await checkpointHolds(pool, checkpoint))
})

t.test('a checkpoint does not hold when the log was rewritten or cut short', async (t) => {
  const { pool } = await createDatabase(t)
  await append(pool, newEvent('a', 1), newEvent('a', 2))
  const checkpoint = await readCheckpoint(pool, PROJECT)
  await pool.query(`update events set hash = sha256('rewritten') where position = 2`)
  t.notOk(await checkpointHolds(pool, checkpoint))
  await pool.query('delete from events where position = 2')
  t.notOk(await checkpointHolds(pool, checkpoint))
})

t.test('a signed checkpoint is that of the key, unaltered', async (t) => {
  const { pool } = await createDatabase(t)
  await append(pool, newEvent('a', 1))
  const signed = signCheckpoint(await readCheckpoint(pool, PROJECT), privateKey)
  t.ok(verifyCheckpoint(signed, publicKey))
  t.notOk(verifyCheckpoint(signed, generateKeyPairSync('ed25519').publicKey), 'another key')
  const alterations = [
    { project: 'other' as typeof PROJECT },
    { position: 2 as LogPosition },
    { hash: signed.hash.replace(/^./u, (digit) => (digit === '0' ? '1' : '0')) },
    { recordedAt: (signed.recordedAt + 1) as EpochMs },
    { signature: '' },
    { signature: Buffer.alloc(64).toString('base64') },
  ]
  for (const alteration of alterations) {
    t.notOk(verifyCheckpoint({ ...signed, ...alteration }, publicKey), JSON.stringify(alteration))
  }
  t.ok(verifyCheckpoint(JSON.parse(JSON.stringify(signed)), publicKey), 'through a file')
})

t.test('a project without a log has no checkpoint', async (t) => {
  const { pool } = await createDatabase(t)
  await t.rejects(readCheckpoint(pool, 'nowhere' as typeof PROJECT), { message: /has no log/u })
})
