// The shop's customers: they look around and buy, at a steady rate, whatever they get. A process of
// its own.
import { env } from 'node:process'

import type { Card } from './card.ts'
import { PRODUCTS } from './products.ts'

const STOREFRONT = env['SHOP_STOREFRONT_URL'] ?? ''
const INTERVAL_MS = 1_000 / Number(env['SHOP_VISITS_PER_SECOND'] ?? 10)
const TIMEOUT_MS = 5_000
/** Customers who find the shop full go away. */
const VISITS_MAX = 200

const CARDS: readonly Card[] = [
  { number: '4000 0000 0000 0002', issuer: { country: 'DE' } },
  { number: '4000 0000 0000 0010' },
]

let visits = 0
let inside = 0

setInterval(() => {
  if (inside >= VISITS_MAX) return
  visits += 1
  inside += 1
  void visit(visits).finally(() => (inside -= 1))
}, INTERVAL_MS)
process.once('SIGTERM', () => process.exit(0))
process.once('disconnect', () => process.exit(0))
process.send?.({ port: 0 })

async function visit(number: number): Promise<void> {
  const product = PRODUCTS[number % PRODUCTS.length]!.id
  const card = CARDS[number % CARDS.length]!
  try {
    await go('/')
    await go(`/products/${product}`)
    await go('/checkout', { product, card })
  } catch {
    // The shop is closing. Its own figures say what customers met; they are not asked.
  }
}

async function go(path: string, body?: unknown): Promise<void> {
  const response = await fetch(STOREFRONT + path, {
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body !== undefined && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  })
  await response.arrayBuffer()
}
