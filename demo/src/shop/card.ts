/** A card as customers give it. Not every card says where it was issued. */
export interface Card {
  readonly number: string
  readonly issuer?: { readonly country: string }
}

/** What the storefront asks of the payments. */
export interface Payment {
  readonly card: Card
  readonly amount_cents: number
}
