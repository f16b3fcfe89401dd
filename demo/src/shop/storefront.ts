// The shop's face: asks the catalog and the payments over HTTP. A process of its own.
import { env } from 'node:process'

import type { Card } from './card.ts'
import type { Product } from './products.ts'
import { serve } from './serve.ts'

const CATALOG = env['SHOP_CATALOG_URL'] ?? ''
const PAYMENTS = env['SHOP_PAYMENTS_URL'] ?? ''
const TIMEOUT_MS = 2_000

await serve('storefront', (app) => {
  app.get('/', async () => ({ products: await ask(`${CATALOG}/products`) }))
  app.get<{ Params: { id: string } }>('/products/:id', async ({ params: { id } }) => {
    const [product, stock] = await Promise.all([
      ask(`${CATALOG}/products/${id}`),
      ask(`${CATALOG}/products/${id}/stock`),
    ])
    return { product, stock }
  })
  app.post<{ Body: { product: string; card: Card } }>('/checkout', async ({ body }, reply) => {
    const product = (await ask(`${CATALOG}/products/${body.product}`)) as Product
    const isPaid = await pay(body.card, product.price_cents)
    // The order is kept, and charged later: customers don't lose their baskets to the payments.
    return isPaid
      ? reply.code(201).send({ status: 'paid' })
      : reply.code(202).send({ status: 'payment pending' })
  })
})

async function ask(url: string): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) })
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  return response.json()
}

async function pay(card: Card, amountCents: number): Promise<boolean> {
  try {
    const response = await fetch(`${PAYMENTS}/payments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ card, amount_cents: amountCents }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    // Read to the end, or the connection cannot be used again.
    await response.arrayBuffer()
    return response.ok
  } catch {
    // Away, for instance while a release is rolled out.
    return false
  }
}
