/** What the shop sells. */
export interface Product {
  readonly id: string
  readonly name: string
  readonly price_cents: number
}

export const PRODUCTS: readonly Product[] = [
  { id: 'anvil', name: 'Anvil, 12 kg', price_cents: 18_900 },
  { id: 'bellows', name: 'Bellows', price_cents: 7_450 },
  { id: 'tongs', name: 'Tongs', price_cents: 2_390 },
]
