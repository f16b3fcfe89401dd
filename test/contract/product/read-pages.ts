import type { Product } from './start-product.ts'

/** Reads a list to its end: the rows under `member`, page by page. */
export async function readPages<Row>(
  product: Product,
  url: string,
  member: string,
): Promise<Row[][]> {
  const pages: Row[][] = []
  let cursor = ''
  for (;;) {
    const { status, body } = await product.ask({ url: `${url}${cursor}` })
    if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`)
    pages.push(body[member] as Row[])
    if (body['next_cursor'] === null) return pages
    cursor = `&cursor=${String(body['next_cursor'])}`
  }
}
