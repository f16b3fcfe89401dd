import type { Product } from './start-product.ts'

/** Asks the product for JSON with its token; throws with the answer when the status is another one. */
export async function askJson(
  { port, token }: Product,
  path: string,
  expected: readonly number[] = [200],
): Promise<unknown> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const text = await answer.text()
  if (!expected.includes(answer.status)) {
    throw new Error(`GET ${path} was answered ${answer.status}: ${text}`)
  }
  return JSON.parse(text)
}
