import { tokenOf } from './credentials.ts'
import type { Answer, Product } from './start-product.ts'

/** A release as it is answered, as far as tests look at it. */
export interface ShownRelease {
  readonly service: string
  readonly environment: string
  readonly version: string
  readonly labels: Readonly<Record<string, string>>
  readonly source: string
  readonly announced_at: string
  readonly run: number
  readonly state: string
  readonly state_since: string | null
  readonly rolled_back_to: string | null
  readonly position: number
  readonly approvals: readonly {
    readonly by: string
    readonly role: string
    readonly at: string
  }[]
}

interface Released {
  readonly ok: true
  readonly is_new?: boolean
  readonly release: ShownRelease
  readonly code?: string
  readonly reason?: string
  readonly state?: ShownRelease
}

/** Something that happened to a release. */
interface Happened {
  readonly type: string
  readonly version: number
  readonly who: { readonly name: string }
  readonly what: Readonly<Record<string, unknown>>
  readonly note: string | null
}

interface ReleaseWithHistory {
  readonly release: ShownRelease
  readonly history: readonly Happened[]
  readonly next_cursor: string | null
}

/** Announces a version of the shop, as a pipeline. */
export async function announce(product: Product, body: object): Promise<Answer<Released>> {
  const token = await tokenOf('a pipeline', 'ci')
  return product.ask({
    method: 'POST',
    url: '/v1/releases',
    token,
    body: { service: 'shop', ...body },
  })
}

/** Asks something of a version of the shop: `promote`, `approve`. The first admin does unless told otherwise. */
export async function steer(
  product: Product,
  word: string,
  body: object,
  given: { readonly token?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Answer<Released>> {
  const url = `/v1/releases/${word}`
  return product.ask({ method: 'POST', url, body: { service: 'shop', ...body }, ...given })
}

/** Returns a version of the shop with its history. */
export async function showRelease(
  product: Product,
  version: string,
  query = '',
): Promise<Answer<ReleaseWithHistory>> {
  return product.ask({ url: `/v1/releases/shop/production/${encodeURIComponent(version)}${query}` })
}
