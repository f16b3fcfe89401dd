// The shop's payments: takes them. A process of its own, of which the story rolls out two releases.
import { env } from 'node:process'

import type { Card, Payment } from './card.ts'
import { serve } from './serve.ts'

/** The fee of a payment, by release. */
const FEE_CENTS: Readonly<Record<string, (payment: Payment) => number>> = {
  '2.0.3': ({ amount_cents }) => Math.round(amount_cents * 0.014),
  // Cheaper for cards from the shop's own country. It forgets the cards that name no country: for
  // those it throws, and Fastify answers 500. This is the bug that the story is about.
  '2.1.0': ({ card, amount_cents }) =>
    Math.round(amount_cents * (countryOf(card) === 'DE' ? 0.009 : 0.014)),
}

const feeOf = FEE_CENTS[env['SHOP_VERSION'] ?? ''] ?? FEE_CENTS['2.0.3']!
let taken = 0

await serve('payments', (app) => {
  app.post<{ Body: Payment }>('/payments', ({ body }, reply) => {
    const fee_cents = feeOf(body)
    taken += 1
    return reply.code(201).send({ id: taken, fee_cents })
  })
  app.get<{ Params: { id: string } }>('/payments/:id', ({ params }, reply) => {
    const isTaken = Number(params.id) >= 1 && Number(params.id) <= taken
    return isTaken ? { id: Number(params.id) } : reply.code(404).send({ error: 'Unknown payment.' })
  })
})

function countryOf(card: Card): string {
  return card.issuer!.country
}
