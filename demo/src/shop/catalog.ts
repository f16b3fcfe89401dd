// The shop's catalog: knows the products. A process of its own.
import { PRODUCTS } from './products.ts'
import { serve } from './serve.ts'

await serve('catalog', (app) => {
  app.get('/products', () => PRODUCTS)
  app.get<{ Params: { id: string } }>('/products/:id', ({ params }, reply) => {
    const product = PRODUCTS.find(({ id }) => id === params.id)
    return product ?? reply.code(404).send({ error: 'There is no such product.' })
  })
  app.get<{ Params: { id: string } }>('/products/:id/stock', ({ params }) => ({
    id: params.id,
    in_stock: params.id.length,
  }))
})
