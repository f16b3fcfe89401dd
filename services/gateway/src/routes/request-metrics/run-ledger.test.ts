import type { GatewayRunId } from '@portcullis/contracts'
import fc from 'fast-check'
import t from 'tap'

import { RunLedger, type LedgerEntry } from './run-ledger.ts'

const RUN = '01890000-0000-7000-8000-000000000000' as GatewayRunId

function start() {
  const written: LedgerEntry[][] = []
  const store = { isAway: false }
  const ledger = new RunLedger(RUN, async (_run, entries) => {
    if (store.isAway) throw new Error('away')
    written.push(entries.map((entry) => ({ ...entry })))
  })
  return { ledger, written, store }
}

t.test('numbers begin with one in each shard', async (t) => {
  const { ledger } = start()
  t.strictSame([ledger.take(0), ledger.take(0), ledger.take(3), ledger.take(0)], [1, 2, 1, 3])
})

t.test('the ledger goes as far as everything below is settled', async (t) => {
  const { ledger, written } = start()
  for (let n = 0; n < 4; n += 1) ledger.take(1)
  ledger.settle(1, 2, 'queued')
  await ledger.write()
  t.strictSame(written, [], 'the first is still under way')
  ledger.settle(1, 1, 'queued')
  ledger.settle(1, 4, 'void')
  await ledger.write()
  t.strictSame(written, [[{ shard: 1, acceptedTo: 2, voided: [4] }]])
})

t.test('what was told is not told again, and without news nothing is written', async (t) => {
  const { ledger, written } = start()
  ledger.settle(0, ledger.take(0), 'void')
  await ledger.write()
  await ledger.write()
  ledger.settle(0, ledger.take(0), 'queued')
  await ledger.write()
  t.strictSame(written, [
    [{ shard: 0, acceptedTo: 1, voided: [1] }],
    [{ shard: 0, acceptedTo: 2, voided: [] }],
  ])
})

t.test('what could not be written is written the next time', async (t) => {
  const { ledger, written, store } = start()
  ledger.settle(0, ledger.take(0), 'void')
  store.isAway = true
  await t.rejects(ledger.write(), /away/u)
  store.isAway = false
  ledger.settle(0, ledger.take(0), 'void')
  await ledger.write()
  t.strictSame(written, [[{ shard: 0, acceptedTo: 2, voided: [1, 2] }]])
})

t.test('who waits for a number is told once the store has all up to it', async (t) => {
  const { ledger, written, store } = start()
  for (let n = 0; n < 3; n += 1) ledger.take(0)
  ledger.settle(0, 2, 'queued')
  let isTold = false
  const told = ledger.toldOf(0, 2).then(() => (isTold = true))
  await ledger.write()
  t.notOk(isTold, 'the first is still under way')
  ledger.settle(0, 1, 'void')
  await told
  t.strictSame(written, [[{ shard: 0, acceptedTo: 2, voided: [1] }]])
  ledger.settle(0, 3, 'queued')
  store.isAway = true
  await t.rejects(ledger.toldOf(0, 3), /away/u)
  store.isAway = false
  await ledger.toldOf(0, 3)
  t.strictSame(written.at(-1), [{ shard: 0, acceptedTo: 3, voided: [] }])
})

t.test('those who wait together share a write', async (t) => {
  const { ledger, written } = start()
  const wait = () => {
    const number = ledger.take(0)
    ledger.settle(0, number, 'queued')
    return ledger.toldOf(0, number)
  }
  await Promise.all(Array.from({ length: 100 }, wait))
  t.ok(written.length <= 2, `${written.length} writes`)
})

t.test('in whatever order numbers are settled, all of them are told once', async () => {
  const settlements = fc.array(fc.tuple(fc.nat(50), fc.boolean(), fc.boolean()), { maxLength: 50 })
  await fc.assert(
    fc.asyncProperty(settlements, async (steps) => {
      const { ledger, written } = start()
      const open = steps.map(() => ledger.take(0))
      const voided: number[] = []
      for (const [pick, isVoid, write] of steps) {
        const [number = 0] = open.splice(pick % open.length, 1)
        if (isVoid) voided.push(number)
        ledger.settle(0, number, isVoid ? 'void' : 'queued')
        if (write) await ledger.write()
      }
      await ledger.write()
      const told = written.flat()
      const toldVoid = told.flatMap((entry) => entry.voided).toSorted((a, b) => a - b)
      const isVoidTold =
        JSON.stringify(toldVoid) === JSON.stringify(voided.toSorted((a, b) => a - b))
      return isVoidTold && (told.at(-1)?.acceptedTo ?? 0) === steps.length
    }),
  )
})
